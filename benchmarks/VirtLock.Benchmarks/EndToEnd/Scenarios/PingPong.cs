using System.Globalization;
using System.Text.Json;

namespace VirtLock.Benchmarks.EndToEnd.Scenarios;

/// <summary>Clients that acquire and release, over and over.</summary>
internal sealed class PingPong : Scenario
{
    private readonly string[] _settings;

    /// <param name="clients">How many clients.</param>
    /// <param name="depth">How many requests each has in flight.</param>
    /// <param name="isContended">Whether all lock one file, or each its own.</param>
    internal PingPong(int clients, int depth = 1, bool isContended = false)
    {
        _settings =
        [
            Stage.Setting("clients", clients), Stage.Setting("depth", depth), isContended ? "shared-file=true" : "shared-file=false",
        ];
        string inFlight = depth == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", {depth} requests in flight");
        Title = string.Create(
            CultureInfo.InvariantCulture,
            $"{clients:N0} {(clients == 1 ? "client" : "clients")}{inFlight}{(isContended ? ", one file" : "")}");
        string id = IdOf(clients) + (depth == 1 ? "" : "-pipelined");
        if (isContended)
        {
            id = string.Create(CultureInfo.InvariantCulture, $"contended-{clients}");
        }

        Figures =
        [
            new Figure(id, $"{Title}: throughput", "requests/s"),
            new Figure($"{id}-p50", $"{Title}: latency p50", "µs"),
            new Figure($"{id}-p99", $"{Title}: latency p99", "µs"),
            new Figure($"{id}-p999", $"{Title}: latency p99.9", "µs"),
            new Figure($"{id}-processor", $"{Title}: processor time", "µs/request"),
            .. isContended ? [new Figure($"{id}-busy", $"{Title}: replies that say busy", "%")] : Array.Empty<Figure>(),
        ];
    }

    internal override string Title { get; }

    internal override IReadOnlyList<Figure> Figures { get; }

    /// <summary>The key of the throughput of a number of clients, each with a file of its own.</summary>
    internal static string IdOf(int clients) => string.Create(CultureInfo.InvariantCulture, $"clients-{clients}");

    internal override IReadOnlyList<double> Measure(Stage stage, Target target)
    {
        DaemonProcess daemon = stage.DaemonOf(target);
        TimeSpan before = daemon.ProcessorTime;
        JsonElement load = stage.LoadForDuration(daemon, "ping-pong", _settings);
        double processorTime = (daemon.ProcessorTime - before).TotalMicroseconds;
        double[] values =
        [
            load.GetProperty("rate").GetDouble(),
            load.GetProperty("p50").GetDouble(),
            load.GetProperty("p99").GetDouble(),
            load.GetProperty("p999").GetDouble(),
            processorTime / load.GetProperty("replies").GetDouble(),
            100 * load.GetProperty("busy").GetDouble() / load.GetProperty("samples").GetDouble(),
        ];
        return values[..Figures.Count];
    }
}
