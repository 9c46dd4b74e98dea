using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using VirtLock.Client;
using VirtLock.Core.Tests.Drivers;
using VirtLock.Core.Tests.InProcess;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Testing;

namespace VirtLock.Core.Tests.Samples;

/// <summary>Every sample of docs/embedding.md does what the page says.</summary>
internal sealed class SampleTests
{
    private const string Emulator = "/usr/bin/qemu-system-x86_64";

    private KernelDisk _disk = null!;

    [SetUp]
    public void MakeDisk()
    {
        _disk = new KernelDisk(LockKind.OpenFileDescription);
        _disk.WriteFile("disk");
    }

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [Test]
    public void Five_lines_lock_an_image_or_say_who_has_it()
    {
        string ours = FiveLines.Run(_disk.FullName("disk"));
        Assume.That(_disk.TryLockElsewhere("disk", LockMode.Exclusive), Is.True);
        string theirs = FiveLines.Run(_disk.FullName("disk"));

        Assert.That(ours, Does.Contain("is ours"));
        Assert.That(theirs, Does.Match(@"is held by process \d+ \(foreigner\)$"));
    }

    [Test]
    public async Task Launcher_runs_QEMU_only_under_a_lease_and_gives_it_up_when_QEMU_ends()
    {
        if (!File.Exists(Emulator))
        {
            Assert.Ignore($"Needs QEMU: {Emulator} does not exist.");
        }

        using var locks = new ProcessLocks();
        string image = _disk.FullName("disk");
        var granted = new TaskCompletionSource();
        locks.Happened += happened => granted.TrySetResult();
        using var quit = new CancellationTokenSource();
        var command = new ProcessStartInfo(Emulator, ["-machine", "none", "-nodefaults", "-display", "none", "-S"]);

        Task<int> guest = GuestLauncher.RunAsync(locks, image, command, quit.Token);
        await granted.Task.WaitAsync(Patience.Bound);
        LockMode? meanwhile = _disk.Probe("disk");
        Task<int> second = GuestLauncher.RunAsync(locks, image, command, new CancellationToken(canceled: true));
        await quit.CancelAsync();

        Assert.That(meanwhile, Is.EqualTo(LockMode.Exclusive));
        Assert.That(async () => await second, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await guest.WaitAsync(Patience.Bound), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_disk.Probe("disk"), Is.Null);
    }

    [Test]
    public async Task Launcher_hands_on_how_the_guest_ended_and_kills_it_when_the_lock_is_lost()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        using var locks = new ProcessLocks(new VirtLockOptions(), driver);
        int ended = await GuestLauncher.RunAsync(locks, "/disk", new ProcessStartInfo("sh", ["-c", "exit 7"]));

        var granted = new TaskCompletionSource();
        locks.Happened += happened => granted.TrySetResult();
        Task<int> guest = GuestLauncher.RunAsync(locks, "/disk", new ProcessStartInfo("sleep", ["600"]));
        await granted.Task.WaitAsync(Patience.Bound);
        driver.TakeLocksAway("/disk");
        locks.Verify();

        Assert.That(ended, Is.EqualTo(7));
        Assert.That(await guest.WaitAsync(Patience.Bound), Is.EqualTo(128 + 9), "ended by SIGKILL");
    }

    [Test]
    public void Custom_driver_refuses_and_reports()
    {
        var reports = new List<string>();
        var driver = new ReportingDriver(new FcntlLockDriver(), "/forbidden", (path, _) => reports.Add(path));
        using var locks = new ProcessLocks(new VirtLockOptions(), driver);

        using ILease lease = locks.Default.Acquire(_disk.FullName("disk"));
        LockRefusedException refused = Assert.Throws<LockRefusedException>(() => locks.Default.Acquire("/forbidden/disk"))!;

        Assert.That(reports, Is.EqualTo(new[] { _disk.FullName("disk") }));
        Assert.That(refused.Errno, Is.EqualTo(13));
    }

    [Test]
    public void Codec_tells_what_goes_over_the_socket()
    {
        var captured = new ByteQueue();
        CallWriter.Write(captured, LockProcedure.AcquireResource, 1, new ResourceArguments(default, "/a.img"u8, (uint)AcquireFlags.Shared));
        var call =
            new PacketHeader(ProtocolConstants.LockProgram, 1, (int)LockProcedure.AcquireResource, MessageType.Call, 1, MessageStatus.Ok);
        ReplyWriter.WriteError(captured, call, RemoteError.Ordinary(ErrorCode.ResourceBusy, ErrorDomain.LockSpace, "held"));
        ReplyWriter.WriteVoid(captured, call with { Serial = 2 });
        byte[] beginningOfTheNext = [0, 0, 0, 28];

        Assert.That(
            TrafficReader.Read((byte[])[.. captured.Unread, .. beginningOfTheNext]),
            Is.EqualTo(new[]
            {
                "> AcquireResource #1: '/a.img' Shared",
                "< AcquireResource #1: resource busy: held (code 87)",
                "< AcquireResource #2: ok",
            }));
    }

    [Test]
    public async Task Client_locks_at_a_daemon_or_says_who_has_the_image()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        await using LockTestServer server = LockTestServer.Start(driver: driver);

        string granted = await DaemonUser.RunAsync(server.SocketPath, "/disk", guestPid: 77);
        await using var other =
            new LockClient(new LockClientOptions { SocketPath = server.SocketPath, Owner = LockOwner.Process(78, "db") });
        await using ILease lease = await other.AcquireAsync("/disk");
        Task<string> refused = DaemonUser.RunAsync(server.SocketPath, "/disk", guestPid: 77);

        Assert.That(granted, Is.EqualTo("/disk is locked"));
        Assert.That(await refused, Does.StartWith("refused with libvirt's code 87: held by 'db' (pid 78) since "));
    }

    [Test]
    public async Task Services_are_ready_to_use()
    {
        var services = new ServiceCollection();
        ServiceUser.Register(services);
        await using ServiceProvider provider = services.BuildServiceProvider();

        Assert.That(provider.GetRequiredService<ProcessLocks>().Leases, Is.Empty);
        Assert.That(provider.GetRequiredService<LockClient>().IsConnected, Is.False);
    }
}
