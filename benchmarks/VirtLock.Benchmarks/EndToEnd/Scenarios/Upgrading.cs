using System.Globalization;
using System.Text.Json;

namespace VirtLock.Benchmarks.EndToEnd.Scenarios;

/// <summary>A daemon that replaces itself under load: SIGUSR1, again and again.</summary>
internal sealed class Upgrading : Scenario
{
    private const int Clients = 16;

    private readonly int _locks;

    /// <param name="locks">How many locks others hold, which the daemon has to take along.</param>
    internal Upgrading(int locks)
    {
        _locks = locks;
        Title = string.Create(CultureInfo.InvariantCulture, $"upgrade with {locks:N0} locks");
        string id = string.Create(CultureInfo.InvariantCulture, $"upgrade-{locks}");
        Figures =
        [
            new Figure(id, $"{Title}: longest wait of {Clients} busy clients", "µs"),
            new Figure($"{id}-lost", $"{Title}: replies that never come, per upgrade", "replies"),
        ];
    }

    internal override string Title { get; }

    internal override IReadOnlyList<Figure> Figures { get; }

    internal override bool AppliesTo(Target target) => target.HasOwners;

    internal override IReadOnlyList<double> Measure(Stage stage, Target target)
    {
        using DaemonProcess daemon = DaemonProcess.Start(target);
        JsonElement load = stage.Load(
            daemon,
            "upgrade",
            Stage.Setting("pid", daemon.Id),
            Stage.Setting("clients", Clients),
            Stage.Setting("count", _locks),
            Stage.Setting("samples", stage.Options.Samples));
        return [load.GetProperty("p50").GetDouble(), load.GetProperty("lost").GetDouble()];
    }
}
