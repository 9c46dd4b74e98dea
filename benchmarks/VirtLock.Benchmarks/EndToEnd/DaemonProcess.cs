using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;

namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>A target that serves where /run is empty, beside the others and beside the machine's own daemons.</summary>
internal sealed class DaemonProcess : IDisposable
{
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
            long nanoseconds = Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{Id}/task"))
                .Select(static task => File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0])
                .Sum(static time => long.Parse(time, CultureInfo.InvariantCulture));
            return TimeSpan.FromMicroseconds(nanoseconds / 1e3);
        }
    }

    /// <summary>Its memory in RAM, in bytes: VmRSS of proc(5).</summary>
    internal long ResidentMemory => ProcessTable.ResidentBytes(Id);

    internal static DaemonProcess Start(Target target)
    {
        Process process = Tool.Start(EmptyRun.Around(["sh", "-c", Quiet, "sh", .. target.Command]));
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
}
