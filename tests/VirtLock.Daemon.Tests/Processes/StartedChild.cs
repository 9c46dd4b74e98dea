using System.Text;
using VirtLock.Daemon.Processes;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Processes;

/// <summary>A child of the test that writes into a pipe; it does not outlive the test.</summary>
internal sealed unsafe class StartedChild : IDisposable
{
    private readonly Descriptor _output;
    private bool _isReaped;

    private StartedChild(int pid, Descriptor output)
    {
        Pid = pid;
        _output = output;
    }

    internal int Pid { get; }

    /// <summary>Z for one that has died and is not reaped yet: proc_pid_stat(5).</summary>
    internal char State => File.ReadAllText($"/proc/{Pid}/stat").Split(") ")[1][0];

    /// <summary>Starts a shell script, with descriptors beside its output.</summary>
    internal static StartedChild Shell(string script, bool newSession = false, IReadOnlyDictionary<int, Descriptor>? given = null)
    {
        int* pipe = stackalloc int[2];
        Assert.That(LibC.pipe2(pipe, LibC.O_CLOEXEC), Is.Zero);
        Descriptor readEnd = new(pipe[0]), writeEnd = new(pipe[1]);
        int errno = ChildProcess.Start(
            new FilePath("/bin/sh"),
            Terminated("sh", "-c", script),
            Terminated("PATH=/usr/bin:/bin", "MARK=from the test"),
            new Dictionary<int, Descriptor>(given ?? new Dictionary<int, Descriptor>()) { [1] = writeEnd },
            newSession,
            out int pid);
        writeEnd.Close();
        Assert.That(errno, Is.Zero);
        return new StartedChild(pid, readEnd);
    }

    /// <summary>Texts as execve(2) takes them.</summary>
    internal static byte[][] Terminated(params string[] texts) => [.. texts.Select(text => Encoding.UTF8.GetBytes(text + '\0'))];

    /// <summary>Everything that the child writes until it ends.</summary>
    internal string ReadToEnd()
    {
        byte[] bytes = new byte[65536];
        Assert.That(_output.ReadAll(bytes, out int count), Is.Zero);
        return Encoding.UTF8.GetString(bytes, 0, count);
    }

    /// <summary>Waits for a line from the child that says how far it is.</summary>
    internal void AwaitLine(string expected)
    {
        byte[] bytes = new byte[expected.Length + 1];
        Assert.That(_output.ReadAll(bytes, out _), Is.Zero);
        Assert.That(Encoding.UTF8.GetString(bytes), Is.EqualTo(expected + '\n'));
    }

    /// <summary>Waits for the end, and lets the pid go.</summary>
    /// <returns>The status of wait(2).</returns>
    internal int Reap()
    {
        int status;
        Assert.That(LibC.waitpid(Pid, &status, 0), Is.EqualTo(Pid));
        _isReaped = true;
        return status;
    }

    public void Dispose()
    {
        _output.Close();
        if (!_isReaped)
        {
            _ = LibC.kill(Pid, LibC.SIGKILL);
            Reap();
        }
    }
}
