using System.Globalization;
using System.Text.Json;
using VirtLock.TestKit.Daemons;

namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>What the scenarios play on: a daemon of every target, files to lock, the load generator.</summary>
internal sealed class Stage : IDisposable
{
    private readonly NativeTools _tools;
    private readonly DirectoryInfo _directory;
    private readonly Dictionary<Target, DaemonProcess> _daemons = [];

    internal Stage(NativeTools tools, IEnumerable<Target> targets, RunOptions options)
    {
        _tools = tools;
        Options = options;

        // Memory where there is some: the file system's share in a request is the same for all, and smallest there.
        _directory = Directory.Exists("/dev/shm")
            ? Directory.CreateDirectory(Path.Combine("/dev/shm", Path.GetRandomFileName()))
            : Directory.CreateTempSubdirectory();
        foreach (Target target in targets)
        {
            _daemons.Add(target, DaemonProcess.Start(target));
        }
    }

    internal RunOptions Options { get; }

    /// <summary>The target's daemon that serves all through the run.</summary>
    internal DaemonProcess DaemonOf(Target target) => _daemons[target];

    /// <summary>Runs the load generator to its end.</summary>
    internal JsonElement Load(DaemonProcess daemon, string mode, params IEnumerable<string> settings) =>
        Parse(Tool.Run(_tools.Load, LoadArguments(daemon, mode, settings)));

    /// <summary>Runs the load generator under load for as long as the options say.</summary>
    internal JsonElement LoadForDuration(DaemonProcess daemon, string mode, params IEnumerable<string> settings) =>
        Load(
            daemon,
            mode,
            [Setting("seconds", Options.Duration.TotalSeconds), Setting("warm-up", Options.WarmUp.TotalSeconds), .. settings]);

    /// <summary>Measures the target's start, in a namespace of its own.</summary>
    internal JsonElement LoadStart(Target target) => Parse(Tool.Run(
        EmptyRun.Around(
            [_tools.Load, "start", $"socket={Target.SocketPath}", Setting("samples", Options.Samples), "--", .. target.Command])));

    /// <summary>Has clients connect and hold locks while something is measured.</summary>
    internal T WhileHeld<T>(DaemonProcess daemon, int clients, int locks, Func<T> measure)
    {
        using System.Diagnostics.Process holder =
            Tool.Start([_tools.Load, .. LoadArguments(daemon, "hold", [Setting("clients", clients), Setting("count", locks)])]);
        if (holder.StandardOutput.ReadLine() is null)
        {
            throw new BenchmarkFailedException(holder.StandardError.ReadToEnd());
        }

        T value = measure();
        holder.StandardInput.Close();
        holder.WaitForExit();
        return value;
    }

    internal static string Setting(string name, double value) => string.Create(CultureInfo.InvariantCulture, $"{name}={value}");

    public void Dispose()
    {
        foreach (DaemonProcess daemon in _daemons.Values)
        {
            daemon.Dispose();
        }

        _directory.Delete(recursive: true);
    }

    private static JsonElement Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private IEnumerable<string> LoadArguments(DaemonProcess daemon, string mode, IEnumerable<string> settings) =>
        [mode, $"socket={daemon.Socket}", $"directory={_directory.FullName}", .. settings];
}
