using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Options;
using VirtLock.Locking;

namespace VirtLock.Daemon.Tests.Logging;

internal sealed class LeaseLogTests
{
    private readonly RecordingSink _sink = new();
    private DaemonLoggerProvider _provider;
    private LeaseLog _log;

    [SetUp]
    public void Start()
    {
        _sink.Lines.Clear();
        _provider = new DaemonLoggerProvider(TimeProvider.System, _ => _sink);
        _log = new LeaseLog(_provider.CreateLogger(LogCategories.LockSpace));
    }

    [TearDown]
    public void End() => _provider.Dispose();

    [TestCase(LockEventKind.Granted)]
    [TestCase(LockEventKind.Refused)]
    [TestCase(LockEventKind.Released)]
    public void What_happens_to_leases_every_day_is_told_at_debug_only(LockEventKind kind)
    {
        _log.Write(Event(kind));
        Assert.That(_sink.Lines, Is.Empty);

        Apply(new DaemonOptions { LogLevel = 1 });
        _log.Write(Event(kind));
        Assert.That(_sink.Lines[^1], Is.EqualTo($"util.lockspace Debug lease on '/a' {kind}: owner pid 4711"));
    }

    [Test]
    public void A_lost_lock_is_an_error()
    {
        _log.Write(Event(LockEventKind.Lost));

        Assert.That(_sink.Lines[^1], Is.EqualTo("util.lockspace Error lock on '/a' of owner pid 4711 is lost"));
    }

    [Test]
    public void A_lock_file_that_stays_behind_is_an_error_beside_the_event()
    {
        Apply(new DaemonOptions { LogLevel = 1 });

        _log.Write(Event(LockEventKind.Released) with { Error = new SystemError(13, "Unable to unlink /a: Permission denied") });

        Assert.That(_sink.Lines[^2..], Is.EqualTo(new[]
        {
            "util.lockspace Error lock file of '/a' left behind: Unable to unlink /a: Permission denied",
            "util.lockspace Debug lease on '/a' Released: owner pid 4711",
        }));
    }

    private static LockEvent Event(LockEventKind kind) =>
        new(kind, Directory: null, new ResourceName("/a"), Owner.OfPid(new ProcessId(4711)), LockMode.Exclusive, Error: null);

    private void Apply(DaemonOptions options) => _provider.Apply(LogSettings.From(options, LogOutputKind.Stderr, logFile: ""));
}
