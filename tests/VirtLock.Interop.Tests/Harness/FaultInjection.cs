using System.Globalization;
using VirtLock.TestKit.Processes;

namespace VirtLock.Interop.Tests.Harness;

/// <summary>Has the kernel refuse a running daemon's system calls, until it is disposed: strace(1), --inject.</summary>
internal sealed class FaultInjection : IDisposable
{
    private readonly ChildProcess _strace;

    /// <param name="process">The daemon.</param>
    /// <param name="fault">What happens, such as <c>accept4:error=EMFILE</c>.</param>
    /// <param name="path">Only calls on this path fail; null for all.</param>
    public FaultInjection(int process, string fault, string? path = null)
    {
        const string Strace = "/usr/bin/strace";
        Require.File(Strace, "strace");
        string[] only = path is null ? [] : ["-P", path];
        _strace = ChildProcess.Start(
            [Strace, "-f", "-o", "/dev/null", "-p", process.ToString(CultureInfo.InvariantCulture), .. only, "-e", $"inject={fault}"]);
        Eventually.True(
            () => _strace.HasExited || _strace.StandardError.Contains("attached", StringComparison.Ordinal), "strace is attached");
        Assert.That(_strace.HasExited, Is.False, _strace.StandardError);
    }

    public void Dispose()
    {
        // Not SIGKILL: it has to detach first.
        _strace.Signal("TERM");
        _strace.WaitForExit();
        _strace.Dispose();
    }
}
