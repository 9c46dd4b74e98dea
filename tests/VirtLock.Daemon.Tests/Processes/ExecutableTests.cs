using System.Text;
using VirtLock.Daemon.Processes;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Processes;

/// <summary>What this process, the test's, knows of how it was started.</summary>
[TestFixture]
internal sealed class ExecutableTests
{
    [Test]
    public void Path_is_absolute_and_leads_to_what_runs()
    {
        var current = Executable.Current();

        Assert.That(current.Path.ToString(), Does.StartWith("/"));
        Assert.That(FileStatus.Identify(current.Path), Is.EqualTo(FileStatus.Identify(new FilePath("/proc/self/exe"))));
    }

    [Test]
    public void Arguments_are_those_of_the_start_but_for_the_first_which_is_the_path()
    {
        var current = Executable.Current();

        Assert.That(current.Arguments[0], Is.EqualTo(current.Path.NullTerminated.ToArray()));
        Assert.That(
            Encoding.UTF8.GetString([.. current.Arguments.Skip(1).SelectMany(text => text)]),
            Is.EqualTo(File.ReadAllText("/proc/self/cmdline").Split('\0', 2)[1]));
        Assert.That(current.Name, Is.EqualTo(File.ReadAllText("/proc/self/cmdline").Split('\0')[0]));
    }

    [Test]
    public void Environment_is_that_of_the_start()
    {
        Assert.That(
            Executable.Current().EnvironmentBlock.SelectMany(text => text), Is.EqualTo(File.ReadAllBytes("/proc/self/environ")));
    }

    [Test]
    public void What_the_detached_child_is_told_is_not_told_its_successor()
    {
        var executable = new Executable(
            "virtlockd", new FilePath("/virtlockd"), [], StartedChild.Terminated("A=1", "VIRTLOCKD_STATUS_FD=3", "VIRTLOCKD_STATUS_FDS=3"));

        Assert.That(
            executable.WithoutStatusVariable().EnvironmentBlock, Is.EqualTo(StartedChild.Terminated("A=1", "VIRTLOCKD_STATUS_FDS=3")));
    }

    [TestCase("7", "A=1", "AB=2", "B=7")]
    [TestCase(null, "A=1", "AB=2")]
    public void Variable_of_the_environment_is_there_once_or_not_at_all(string? value, params string[] expected)
    {
        var executable = new Executable("virtlockd", new FilePath("/virtlockd"), [], StartedChild.Terminated("A=1", "B=3", "AB=2", "B=4"));

        byte[][] expectedBlock = StartedChild.Terminated(expected);
        Assert.That(executable.With("B", value).EnvironmentBlock, Is.EqualTo(expectedBlock));
    }

    [Test]
    public void Executing_what_is_not_there_returns_with_the_errno()
    {
        var executable = new Executable("none", new FilePath("/none"), StartedChild.Terminated("none"), []);

        Assert.That(executable.Execute(), Is.EqualTo(LibC.ENOENT));
    }
}
