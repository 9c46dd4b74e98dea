using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using VirtLock.Client;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Testing;

namespace VirtLock.Core.Tests.DependencyInjection;

internal sealed class AddVirtLockTests
{
    [Test]
    public void Adds_the_locks_of_the_process_and_what_they_are_made_of()
    {
        using ServiceProvider services = new ServiceCollection().AddVirtLock().BuildServiceProvider(validateScopes: true);

        Assert.That(services.GetRequiredService<ILockDriver>(), Is.InstanceOf<FcntlLockDriver>());
        Assert.That(services.GetRequiredService<TimeProvider>(), Is.SameAs(TimeProvider.System));
        Assert.That(services.GetService<LockTable>(), Is.Null, "only what is public");
        Assert.That(services.GetRequiredService<ProcessLocks>().Leases, Is.Empty);
    }

    [TestCase(LockKind.OpenFileDescription)]
    [TestCase(LockKind.Posix)]
    public void Driver_takes_the_kind_of_lock_that_the_options_say(LockKind kind)
    {
        string file = Path.GetTempFileName();
        using ServiceProvider services = new ServiceCollection().AddVirtLock(options => options.LockKind = kind).BuildServiceProvider();
        ILockDriver driver = services.GetRequiredService<ILockDriver>();

        LockAttempt attempt = driver.TryLock(new FilePath(file), LockMode.Exclusive, autocreate: true);

        Assert.That(attempt.File.Kind, Is.EqualTo(kind));
        driver.Release(attempt.File, new FilePath(file), LockMode.Exclusive, autocreate: true);
        Assert.That(File.Exists(file), Is.False);
    }

    [Test]
    public void What_is_registered_already_stays()
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero));
        using ServiceProvider services = new ServiceCollection()
            .AddSingleton<ILockDriver>(driver).AddSingleton<TimeProvider>(time).AddVirtLock().AddVirtLock().BuildServiceProvider();

        using ILease lease = services.GetRequiredService<ProcessLocks>().Default.Acquire("/disk");

        Assert.That(driver.ModeOf("/disk"), Is.EqualTo(LockMode.Exclusive));
        Assert.That(lease.AcquiredAt, Is.EqualTo(time.Start));
    }

    [Test]
    public void Options_are_validated_at_the_start()
    {
        using ServiceProvider services = new ServiceCollection()
            .AddVirtLock(options => options.VerifyInterval = TimeSpan.Zero)
            .AddVirtLockClient(options => options.SocketPath = "relative")
            .BuildServiceProvider();

        // What a host calls before it starts anything.
        IStartupValidator validator = services.GetRequiredService<IStartupValidator>();

        AggregateException wrong = Assert.Throws<AggregateException>(validator.Validate)!;
        Assert.That(
            wrong.InnerExceptions.Select(inner => inner.Message),
            Has.Some.Contains(nameof(VirtLockOptions.VerifyInterval))
                .And.Some.Contains(nameof(LockClientOptions.SocketPath)).And.Some.Contains(nameof(LockClientOptions.Owner)));
    }

    [Test]
    public async Task Client_of_the_services_talks_to_the_daemon_of_its_options_and_goes_with_them()
    {
        await using LockTestServer server = LockTestServer.Start();
        await using (ServiceProvider services = new ServiceCollection()
            .AddVirtLockClient(options => (options.SocketPath, options.Owner) = (server.SocketPath, LockOwner.ThisProcess("tool")))
            .BuildServiceProvider())
        {
            await services.GetRequiredService<LockClient>().CreateLockSpaceAsync(new FilePath("/space"));
            await services.GetRequiredService<LockClient>().AcquireAsync("name", autocreate: true, directory: new FilePath("/space"));
            Assert.That(server.Leases, Has.Count.EqualTo(1));
        }

        Assert.That(server.Leases, Is.Empty);
    }

    [Test]
    public void Loss_of_a_lock_is_logged_as_an_error_with_its_stable_number()
    {
        var log = new RecordingLog();
        var driver = new InMemoryLockDriver();
        driver.AddFile("/disk");
        using ServiceProvider services = new ServiceCollection()
            .AddSingleton<ILoggerFactory>(log).AddSingleton<ILockDriver>(driver).AddVirtLock().BuildServiceProvider();
        ProcessLocks locks = services.GetRequiredService<ProcessLocks>();
        using ILease lease = locks.Default.Acquire("/disk");

        driver.TakeLocksAway("/disk");
        locks.Verify();

        Assert.That(log.Entries, Does.Contain((LogLevel.Error, 1001)));
        Assert.That(log.Entries, Does.Contain((LogLevel.Debug, 1000)), "the grant");
    }

    [Test]
    public void Nulls_are_refused()
    {
        IServiceCollection none = null!;

        Assert.That(() => none.AddVirtLock(), Throws.ArgumentNullException);
        Assert.That(() => none.AddVirtLockClient(_ => { }), Throws.ArgumentNullException);
        Assert.That(() => new ServiceCollection().AddVirtLockClient(null!), Throws.ArgumentNullException);
    }
}
