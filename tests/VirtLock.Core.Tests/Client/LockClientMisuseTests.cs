using Microsoft.Extensions.Options;
using VirtLock.Client;
using VirtLock.Core.Tests.InProcess;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Testing;

namespace VirtLock.Core.Tests.Client;

/// <summary>Whatever is wrong with a call is said by a documented exception; nothing hangs.</summary>
internal sealed class LockClientMisuseTests
{
    private LockTestServer _server = null!;
    private LockClient _client = null!;

    [SetUp]
    public void Serve()
    {
        _server = LockTestServer.Start();
        _client = new LockClient(new LockClientOptions { SocketPath = _server.SocketPath, Owner = LockOwner.Process(1, "guest") });
    }

    [TearDown]
    public async Task Stop()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public void Empty_names_and_bad_waits_are_argument_errors()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await _client.AcquireAsync(string.Empty), Throws.ArgumentException);
            Assert.That(async () => await _client.TryAcquireAsync(default), Throws.ArgumentException);
            Assert.That(async () => await _client.AcquireAsync("/a", (LockMode)7), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(async () => await _client.AcquireAsync("/a", wait: TimeSpan.FromSeconds(-2)),
                Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(async () => await _client.ReleaseAsync(default), Throws.ArgumentException);
            Assert.That(async () => await _client.CreateResourceAsync(default), Throws.ArgumentException);
            Assert.That(async () => await _client.DeleteResourceAsync(default), Throws.ArgumentException);
        }
    }

    [Test]
    public async Task Name_that_the_protocol_cannot_carry_is_refused_and_the_connection_stays_good()
    {
        await _client.ConnectAsync();
        string tooLong = new('n', ProtocolConstants.MaximumLockStringLength + 1);

        Assert.That(async () => await _client.AcquireAsync(tooLong), Throws.ArgumentException);
        Assert.That(async () => await _client.CreateLockSpaceAsync(new FilePath("/" + tooLong)), Throws.ArgumentException);

        await _client.CreateLockSpaceAsync(new FilePath("/space"));
        Assert.That(_client.IsConnected, Is.True);
    }

    [Test]
    public async Task Disposed_client_says_so_everywhere()
    {
        await _client.DisposeAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(async () => await _client.ConnectAsync(), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(
                async () => await _client.AcquireAsync("/a", wait: Timeout.InfiniteTimeSpan), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(async () => await _client.ReleaseAsync("/a"), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(async () => await _client.CreateLockSpaceAsync(new FilePath("/a")), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(_client.Dispose, Throws.Nothing);
        }
    }

    [Test]
    public async Task Nobody_at_the_socket_is_a_connection_error()
    {
        await using var client = new LockClient(
            new LockClientOptions { SocketPath = _server.SocketPath + ".missing", Owner = LockOwner.Process(1, "guest") });

        LockConnectionException none = (await Assert.ThrowsAsync<LockConnectionException>(() => client.AcquireAsync("/a")))!;

        Assert.That(none.IsOutcomeUnknown, Is.False);
    }

    [Test]
    public void Cancelled_token_ends_the_call_before_it_connects()
    {
        var cancelled = new CancellationToken(canceled: true);

        Assert.That(async () => await _client.AcquireAsync("/a", cancellation: cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_client.IsConnected, Is.False);
    }

    [Test]
    public void Options_must_name_an_owner_and_a_socket()
    {
        OptionsValidationException wrong = Assert.Throws<OptionsValidationException>(() => new LockClient(new LockClientOptions
        {
            SocketPath = "relative",
            ReplyTimeout = TimeSpan.Zero,
            LongestRetryInterval = TimeSpan.Zero,
        }).Dispose())!;

        Assert.That(
            wrong.Failures,
            Has.Exactly(4).Items
                .And.Some.Contains(nameof(LockClientOptions.SocketPath))
                .And.Some.Contains(nameof(LockClientOptions.Owner))
                .And.Some.Contains(nameof(LockClientOptions.ReplyTimeout))
                .And.Some.Contains(nameof(LockClientOptions.LongestRetryInterval)));
    }

    [Test]
    public void Nulls_are_refused()
    {
        Assert.That(() => new LockClient(null!), Throws.ArgumentNullException);
        Assert.That(() => LockOwner.ThisProcess((string)null!), Throws.ArgumentNullException);
        Assert.That(() => LockOwner.Process(0, "guest"), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => LockTestServer.Start(string.Empty), Throws.ArgumentException);
    }

    [Test]
    public void Blocking_disposal_on_a_thread_of_a_synchronization_context_does_not_hang()
    {
        var thread = new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new NeverPosting());
            _client.ConnectAsync().GetAwaiter().GetResult();
            _client.Dispose();
        });
        thread.Start();

        Assert.That(thread.Join(Patience.Bound), Is.True);
    }

    /// <summary>A user interface's thread that is blocked: nothing posted to it ever runs.</summary>
    private sealed class NeverPosting : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            // That is the point.
        }
    }
}
