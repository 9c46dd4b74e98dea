using System.Globalization;
using System.Text.Json;

namespace VirtLock.Benchmarks.EndToEnd.Scenarios;

/// <summary>A process that dies while it holds a lock, beside many locks of others.</summary>
internal sealed class OwnerDeath : Scenario
{
    private readonly int _heldByOthers;

    internal OwnerDeath(int heldByOthers)
    {
        _heldByOthers = heldByOthers;
        string title = string.Create(CultureInfo.InvariantCulture, $"an owner dies beside {heldByOthers:N0} locks of others");
        Figures =
        [
            new Figure(IdOf(heldByOthers), $"{title}: its lock is free after", "µs"),
            new Figure($"{IdOf(heldByOthers)}-granted", $"{title}: another has the lease after", "µs"),
        ];
    }

    internal override string Title => string.Create(CultureInfo.InvariantCulture, $"owner death, {_heldByOthers:N0} locks");

    internal override IReadOnlyList<Figure> Figures { get; }

    internal static string IdOf(int heldByOthers) => string.Create(CultureInfo.InvariantCulture, $"death-{heldByOthers}");

    internal override bool AppliesTo(Target target) => target.HasOwners;

    internal override IReadOnlyList<double> Measure(Stage stage, Target target)
    {
        // A daemon of its own: the locks of others end with it, not with the next scenario's patience.
        using DaemonProcess daemon = DaemonProcess.Start(target);
        JsonElement load = stage.Load(
            daemon, "disconnect", Stage.Setting("count", _heldByOthers), Stage.Setting("samples", stage.Options.Samples));
        return [load.GetProperty("freed").GetProperty("p50").GetDouble(), load.GetProperty("granted").GetProperty("p50").GetDouble()];
    }
}
