namespace VirtLock.Benchmarks.EndToEnd.Scenarios;

/// <summary>What a fresh daemon has in RAM: alone, with many clients, with many locks.</summary>
internal sealed class Memory : Scenario
{
    private const int Clients = 1_000;
    private const int Locks = 10_000;
    private const double MebiByte = 1024 * 1024;

    internal override string Title => "memory";

    internal override IReadOnlyList<Figure> Figures { get; } =
    [
        new Figure("memory-idle", "resident memory, idle", "MiB"),
        new Figure("memory-clients", "resident memory with 1,000 clients", "MiB"),
        new Figure("memory-locks", "resident memory with 10,000 locks", "MiB"),
    ];

    internal override IReadOnlyList<double> Measure(Stage stage, Target target) =>
    [
        Measure(stage, target, clients: 0, locks: 0), Measure(stage, target, Clients, locks: 0), Measure(stage, target, clients: 1, Locks),
    ];

    private static double Measure(Stage stage, Target target, int clients, int locks)
    {
        using DaemonProcess daemon = DaemonProcess.Start(target);
        return stage.WhileHeld(daemon, clients, locks, () => daemon.ResidentMemory) / MebiByte;
    }
}
