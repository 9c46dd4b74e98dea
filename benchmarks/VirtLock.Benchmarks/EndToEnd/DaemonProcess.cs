using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>A target that serves in a mount namespace of its own, with an empty /run, beside the others and beside the machine's own daemons.</summary>
internal sealed class DaemonProcess : IDisposable
{
    private const string EmptyRun = """mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/libvirt && exec "$@" """;

    /// <summary>Nobody reads what the daemon logs.</summary>
    private const string Quiet = """exec "$@" < /dev/null > /dev/null 2>&1""";

    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    private readonly Process _process;

    private DaemonProcess(Process process) => _process = process;

    internal int Id => _process.Id;

    /// <summary>The daemon's socket, as it is reached from outside its namespace.</summary>
    internal string Socket => string.Create(CultureInfo.InvariantCulture, $"/proc/{Id}/root{Target.SocketPath}");

    /// <summary>The processor time of all its threads so far.</summary>
    internal TimeSpan ProcessorTime
    {
        get
        {
            long nanoseconds = Directory.EnumerateDirectories(ProcPath("task"))
                .Sum(static task => long.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture));
            return TimeSpan.FromMicroseconds(nanoseconds / 1e3);
        }
    }

    /// <summary>Its memory in RAM, in bytes: VmRSS of proc(5).</summary>
    internal long ResidentMemory
    {
        get
        {
            string line = File.ReadLines(ProcPath("status")).First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
    }

    internal static DaemonProcess Start(Target target)
    {
        Process process = Tool.Start("unshare", NamespaceArguments(["sh", "-c", Quiet, "sh", .. target.Command]));
        var daemon = new DaemonProcess(process);
        long begin = Stopwatch.GetTimestamp();
        while (!daemon.Accepts())
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(begin) > StartBound)
            {
                daemon.Dispose();
                throw new BenchmarkFailedException($"{target.Name} does not serve: {string.Join(' ', target.Command)}");
            }

            Thread.Sleep(PollInterval);
        }

        return daemon;
    }

    /// <summary>The arguments of <c>unshare</c> that run a command with an empty /run.</summary>
    internal static IReadOnlyList<string> NamespaceArguments(IEnumerable<string> command) =>
        ["--mount", "--propagation", "private", "sh", "-c", EmptyRun, "sh", .. command];

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private bool Accepts()
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            client.Connect(new UnixDomainSocketEndPoint(Socket));
            return true;
        }
        catch (SocketException)
        {
            // Not there yet.
            return false;
        }
    }

    private string ProcPath(string file) => string.Create(CultureInfo.InvariantCulture, $"/proc/{Id}/{file}");
}
