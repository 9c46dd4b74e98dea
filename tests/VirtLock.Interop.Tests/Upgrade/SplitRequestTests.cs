using VirtLock.Interop.Tests.Harness;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>Requests of which one image gets the beginning and another the end.</summary>
[TestFixture]
internal sealed class SplitRequestTests
{
    private const uint Pid = 424242;

    private readonly List<WireClient> _clients = [];
    private UpgradableDaemon _daemon = null!;

    [SetUp]
    public void StartDaemon() => _daemon = UpgradableDaemon.Start();

    [TearDown]
    public void StopDaemon()
    {
        _clients.ForEach(client => client.Dispose());
        _clients.Clear();
        _daemon?.Dispose();
    }

    [Test]
    public void A_request_split_at_any_byte_is_answered_once()
    {
        byte[] request = Acquire(1, _daemon.NewFile("shared.img"), flags: 1).ToArray();
        for (int offset = 1; offset < request.Length; offset++)
        {
            _clients.Add(_daemon.ConnectAs(Pid));
            _clients[^1].SendRaw(request.AsSpan(0, offset));
        }

        WaitUntilReceived();
        _daemon.Upgrade();

        for (int offset = 1; offset < request.Length; offset++)
        {
            _clients[offset - 1].SendRaw(request.AsSpan(offset));
            AssertAnsweredOnce(_clients[offset - 1], offset);
        }
    }

    [Test]
    public void A_whole_request_before_the_split_one_is_answered_once_as_well()
    {
        string file = _daemon.NewFile("shared.img");
        byte[] whole = Acquire(0, file, flags: 1).ToArray();
        byte[] split = Acquire(1, file, flags: 1).ToArray();
        for (int offset = 1; offset < split.Length; offset++)
        {
            _clients.Add(_daemon.ConnectAs(Pid));
            _clients[^1].SendRaw([.. whole, .. split.AsSpan(0, offset)]);
        }

        _daemon.Upgrade();

        for (int offset = 1; offset < split.Length; offset++)
        {
            WireClient client = _clients[offset - 1];
            Assert.That(client.ReadReply(), Has.Property("Serial").Zero.And.Property("Status").Zero, $"split at {offset}");
            client.SendRaw(split.AsSpan(offset));
            AssertAnsweredOnce(client, offset);
        }
    }

    [Test]
    public void A_request_may_take_several_upgrades_to_arrive()
    {
        byte[] request = Acquire(1, _daemon.NewFile("slow.img"), flags: 1).ToArray();
        WireClient client = _daemon.ConnectAs(Pid);
        _clients.Add(client);

        foreach (byte[] piece in request.Chunk(17))
        {
            client.SendRaw(piece);
            WaitUntilReceived();
            _daemon.Upgrade();
        }

        AssertAnsweredOnce(client, request.Length);
    }

    [Test]
    public void Descriptors_that_arrived_before_the_upgrade_count_after_it()
    {
        const int Descriptors = 3;
        using LockFile file = new(_daemon.NewFile("attached"));
        byte[] request = AcquireWithDescriptors(Descriptors, _daemon.NewFile("shared.img")).ToArray();

        // One client for each number of descriptors that the first image gets, and for each half of the request.
        for (int early = 0; early <= Descriptors; early++)
        {
            _clients.Add(_daemon.ConnectAs(Pid));
            _clients[^1].SendRaw(early == 0 ? request.AsSpan(0, request.Length / 2) : request);
            SendDescriptors(_clients[^1], file, early);
        }

        WaitUntilReceived();
        _daemon.Upgrade();

        for (int early = 0; early <= Descriptors; early++)
        {
            WireClient client = _clients[early];
            client.SendRaw(early == 0 ? request.AsSpan(request.Length / 2) : []);
            SendDescriptors(client, file, Descriptors - early);
            AssertAnsweredOnce(client, early);
        }
    }

    private static WireFrame Acquire(uint serial, string path, uint flags) =>
        WireFrame.Call(LockProcedure.AcquireResource, new WireBody().Text("").Text(path).UInt(flags)) with { Serial = serial };

    private static WireFrame AcquireWithDescriptors(uint count, string path) => new()
    {
        Procedure = (int)LockProcedure.AcquireResource,
        Type = WireFrame.CallWithDescriptorsType,
        Serial = 1,
        Body = new WireBody().UInt(count).Text("").Text(path).UInt(1).ToArray(),
    };

    private static void SendDescriptors(WireClient client, LockFile file, int count)
    {
        for (int i = 0; i < count; i++)
        {
            client.SendDescriptor(file.Descriptor);
        }
    }

    /// <summary>The reply is there; and the next one is that to the next request, so there was no second.</summary>
    private static void AssertAnsweredOnce(WireClient client, int offset)
    {
        WireReply reply = client.ReadReply();
        Assert.That(reply, Has.Property("Serial").EqualTo(1).And.Property("Status").Zero, $"split at {offset}: {reply}");
        WireFrame other = WireFrame.Call(LockProcedure.Restrict, new WireBody().UInt(0)) with { Serial = 2 };
        Refusal.AssertOk(client.Exchange(other));
    }

    /// <summary>
    /// The daemon serves in the order in which data came, so what was sent before a request that is answered has been read.
    /// </summary>
    private void WaitUntilReceived()
    {
        using WireClient last = _daemon.Serving.Connect();
        Refusal.AssertOk(last.Register());
        Refusal.AssertOk(last.Register());
    }
}
