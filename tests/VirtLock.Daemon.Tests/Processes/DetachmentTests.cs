using System.Globalization;
using VirtLock.Daemon.Processes;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Processes;

/// <summary>Both ends of the pipe between the parent of <c>-d</c> and the detached child. A shell stands for the child.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class DetachmentTests
{
    private const string Variable = "VIRTLOCKD_STATUS_FD";

    [TearDown]
    public void RestoreEnvironment() => Environment.SetEnvironmentVariable(Variable, null);

    [TestCase(0, null)]
    [TestCase(1, "unable to obtain the PID file")]
    [TestCase(2, "unable to create the run directory")]
    [TestCase(3, "unable to initialise")]
    [TestCase(4, "unable to set up signal handlers")]
    [TestCase(6, "unable to initialise network sockets")]
    [TestCase(77, "failed with code 77")]
    public void Parent_says_what_the_child_reported(int code, string? text)
    {
        string octal = Convert.ToString(code, 8).PadLeft(3, '0');

        Assert.That(StartShell($"printf '\\{octal}' >&${Variable}"), Is.EqualTo(text));
    }

    [Test]
    public void Child_that_ends_without_a_report_is_told_as_such()
    {
        Assert.That(StartShell("exit 0"), Is.EqualTo("the daemon ended without saying why; its state is unknown"));
    }

    [Test]
    public void Program_that_can_not_be_started_is_told_as_such()
    {
        var none = new Executable("none", new FilePath("/none"), StartedChild.Terminated("none"), []);

        Assert.That(Detachment.StartChild(none), Is.EqualTo("cannot start /none: No such file or directory"));
    }

    [Test]
    public void Child_takes_the_pipe_out_of_its_environment_and_reports_once()
    {
        int* ends = stackalloc int[2];
        Assert.That(LibC.pipe2(ends, 0), Is.Zero);
        Descriptor readEnd = new(ends[0]), writeEnd = new(ends[1]);
        Environment.SetEnvironmentVariable(Variable, writeEnd.Number.ToString(CultureInfo.InvariantCulture));
        bool wasDetached = Detachment.IsDetached;

        Descriptor pipe = Detachment.TakeStatusPipe();

        Assert.That((wasDetached, pipe), Is.EqualTo((true, writeEnd)));
        Assert.That((Detachment.IsDetached, Detachment.TakeStatusPipe()), Is.EqualTo((false, Descriptor.None)));
        Assert.That(LibC.fcntl(pipe.Number, LibC.F_GETFD, 0), Is.EqualTo(LibC.FD_CLOEXEC));

        Detachment.Report(pipe, ExitCode.Network);

        byte[] received = new byte[10];
        Assert.That(readEnd.ReadAll(received, out int count), Is.Zero);
        Assert.That(received[..count], Is.EqualTo(new[] { (byte)ExitCode.Network }));
        readEnd.Close();
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("three")]
    public void Nobody_waits_for_a_process_without_the_number_of_a_pipe(string? value)
    {
        Environment.SetEnvironmentVariable(Variable, value);

        Assert.That(Detachment.TakeStatusPipe().IsNone, Is.True);
    }

    private static string? StartShell(string script)
    {
        var shell = new Executable(
            "sh", new FilePath("/bin/sh"), StartedChild.Terminated("sh", "-c", script), StartedChild.Terminated("PATH=/usr/bin:/bin"));
        return Detachment.StartChild(shell);
    }
}
