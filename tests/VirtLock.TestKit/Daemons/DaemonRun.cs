using VirtLock.TestKit.Processes;

namespace VirtLock.TestKit.Daemons;

/// <summary>How a daemon ended that ends by itself: one that only says something, or cannot start.</summary>
internal sealed record DaemonRun(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    /// <summary>Runs a daemon to its end, with an empty /run.</summary>
    public static DaemonRun Of(DaemonKind kind, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        Require.MountNamespaces();
        using ChildProcess process = ChildProcess.Start(EmptyRun.Around([DaemonPath.Of(kind), .. arguments]), environment);
        process.Input.Close();
        int code = process.WaitForExit(Bound);
        return new DaemonRun(code, process.StandardOutput, process.StandardError);
    }
}
