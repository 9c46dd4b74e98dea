using System.Globalization;
using System.Text.Json;
using VirtLock.Benchmarks.EndToEnd;
using VirtLock.Benchmarks.EndToEnd.Scenarios;

namespace VirtLock.Benchmarks.Upgrade;

/// <summary>The pause that one busy client notices while the daemon replaces itself, and what VirtLock does in it.</summary>
internal sealed class Pause : Scenario
{
    private const double Milli = 1e3;

    private readonly int _locks;

    /// <param name="locks">How many locks others hold, which the daemon has to take along.</param>
    internal Pause(int locks)
    {
        _locks = locks;
        Title = string.Create(CultureInfo.InvariantCulture, $"pause of an upgrade with {locks:N0} locks");
        string id = string.Create(CultureInfo.InvariantCulture, $"pause-{locks}");
        Figures =
        [
            new Figure(id, $"{Title}: longest wait of one busy client", "ms"),
            new Figure($"{id}-preflight", $"{Title}: preflight, meanwhile all are served", "ms"),
            new Figure($"{id}-save", $"{Title}: freezing and saving", "ms"),
            new Figure($"{id}-exec", $"{Title}: from execve to the first reply", "ms"),
            new Figure($"{id}-restore", $"{Title}: restoring, a part of that", "ms"),
        ];
    }

    /// <summary>With no locks, with those of a large host, and with far too many.</summary>
    internal static IReadOnlyList<Scenario> All { get; } = [new Pause(0), new Pause(1_000), new Pause(10_000)];

    internal override string Title { get; }

    internal override IReadOnlyList<Figure> Figures { get; }

    internal override bool AppliesTo(Target target) => target.HasOwners;

    /// <returns>For libvirt's daemon, which does not tell its steps, the pause alone.</returns>
    internal override IReadOnlyList<double> Measure(Stage stage, Target target)
    {
        string log = Path.GetTempFileName();
        try
        {
            string[] environment = ["env", "LIBVIRT_DEBUG=2", $"LIBVIRT_LOG_OUTPUTS=2:file:{log}"];
            using DaemonProcess daemon = DaemonProcess.Start(target with { Command = [.. environment, .. target.Command] });
            JsonElement load = stage.Load(
                daemon,
                "upgrade",
                Stage.Setting("pid", daemon.Id),
                Stage.Setting("clients", 1),
                Stage.Setting("count", _locks),
                Stage.Setting("samples", stage.Options.Samples));
            double pause = load.GetProperty("p50").GetDouble() / Milli;
            if (target.Name != Target.VirtLockName)
            {
                return [pause];
            }

            UpgradeSteps steps = UpgradeSteps.Read(log);
            return [pause, steps.Preflight, steps.Save, pause - steps.Save, steps.Restore];
        }
        finally
        {
            File.Delete(log);
        }
    }
}
