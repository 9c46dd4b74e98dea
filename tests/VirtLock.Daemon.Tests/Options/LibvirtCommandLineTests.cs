using VirtLock.Daemon.Options;
using VirtLock.TestKit.Daemons;

namespace VirtLock.Daemon.Tests.Options;

/// <summary>
/// The same command lines, given to libvirt's daemon: what ends it must end VirtLock's, with the same code and on the same stream.
/// </summary>
public sealed class LibvirtCommandLineTests
{
    [TestCase("-h")]
    [TestCase("--he")]
    [TestCase("-V")]
    [TestCase("--version")]
    [TestCase("--vers")]
    [TestCase("--ver")]
    [TestCase("--v")]
    [TestCase("--verbose=1", "-V")]
    [TestCase("--d=1")]
    [TestCase("--time")]
    [TestCase("--timeout")]
    [TestCase("--timeout=")]
    [TestCase("--timeout=x")]
    [TestCase("--timeout=5", "-V")]
    [TestCase("-t")]
    [TestCase("-t", "")]
    [TestCase("-t", "-1")]
    [TestCase("-t", "2147483", "-V")]
    [TestCase("-t", "2147484")]
    [TestCase("-t", " 5", "-V")]
    [TestCase("-t", "+5", "-V")]
    [TestCase("-t5", "-V")]
    [TestCase("-t", "x", "-V")]
    [TestCase("-V", "-t", "x")]
    [TestCase("-vd", "-X")]
    [TestCase("-vdV")]
    [TestCase("-Vx")]
    [TestCase("-xV")]
    [TestCase("-vt")]
    [TestCase("-W", "foo")]
    [TestCase("operand", "-V")]
    [TestCase("-", "-V")]
    [TestCase("--nope", "-V")]
    [TestCase("--nope=3")]
    [TestCase("--=x")]
    [TestCase("--pid")]
    [TestCase("--pid=", "-V")]
    [TestCase("-p", "-V", "-V")]
    [TestCase("--conf", "-V", "-h")]
    [TestCase("-f", "/a", "-f", "/b", "-V")]
    public void Ends_as_libvirts_daemon_does(params string[] arguments)
    {
        DaemonRun libvirt = DaemonRun.Of(DaemonKind.Libvirt, arguments);

        CommandLineExit? exit = CommandLineParser.Parse(arguments, "virtlockd", isPrivileged: true).Exit;

        Assert.That(exit, Is.Not.Null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exit.Code, Is.EqualTo(libvirt.ExitCode), libvirt.Error);
            Assert.That(exit.Stream == ExitStream.StandardOutput, Is.EqualTo(libvirt.Output.Length > 0), libvirt.Output);
            Assert.That(exit.Stream != ExitStream.StandardOutput, Is.EqualTo(libvirt.Error.Length > 0), libvirt.Error);
        }
    }

    [TestCase("--nope")]
    [TestCase("-X")]
    [TestCase("--ver")]
    [TestCase("--time")]
    [TestCase("-t")]
    [TestCase("--verb=1")]
    public void Tells_a_mistake_in_the_same_words(params string[] arguments)
    {
        DaemonRun libvirt = DaemonRun.Of(DaemonKind.Libvirt, arguments);

        string text = CommandLineParser.Parse(arguments, "/usr/sbin/virtlockd", isPrivileged: true).Exit!.Text;

        Assert.That(FirstLine(text), Is.EqualTo(FirstLine(libvirt.Error)));
    }

    private static string FirstLine(string text) => text[..text.IndexOf('\n', StringComparison.Ordinal)];
}
