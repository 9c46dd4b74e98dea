using System.Globalization;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>Documents that a daemon trusts, as they are its own process's, and that yet may be wrong or old.</summary>
[TestFixture]
internal sealed class HandMadeDocumentTests() : SandboxFixture(DaemonKind.VirtLock)
{
    private const uint Owner = 424242;
    private const int Listener = 100;
    private const int NotOpen = 199;

    private readonly List<string> _items = [];

    [SetUp]
    public void ListenFirst()
    {
        _items.Clear();
        Hold(Listener, "listen", "/run/libvirt/virtlockd-sock");
    }

    [Test]
    public void Every_layout_of_the_document_is_taken([Values] DocumentLayout layout)
    {
        string disk = NewFile("disk.img");
        string space = Sandbox.NewDirectory("space");
        HandMadeDocument document = new HandMadeDocument()
            .Listener(Listener)
            .Client(Hold(101, "accept", ""), Owner)
            .Resource(Hold(110, "posix-exclusive", disk), disk, Owner)
            .Space(space, Hold(111, "posix-shared", NewFile("space/lease")), "lease", Owner, flags: 3);

        using ChildProcess daemon = Start(document.ToText(layout), out WireClient client);
        using (client)
        {
            Refusal.AssertOrdinary(client.Acquire("", disk), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
            Assert.That(LockProbe.Of(disk), Is.EqualTo(LockState.Exclusive));
            Assert.That(LockProbe.Of(Path.Combine(space, "lease")), Is.EqualTo(LockState.Shared));
            Refusal.AssertOk(client.Acquire(space, "lease", 3));
            Refusal.AssertOk(client.Release(space, "lease"));
            Refusal.AssertOk(client.Release(space, "lease"));
            Refusal.AssertOk(client.Release("", disk));
            Assert.That(LockProbe.Of(disk), Is.EqualTo(LockState.Free));
            Assert.That(Directory.GetFiles(space), Is.Empty);
        }

        Assert.That(daemon.StandardError, Does.Not.Contain("while restoring").And.Not.Contain("could not be restored"));
    }

    [Test]
    public void What_can_be_mended_is_mended_and_the_rest_restored()
    {
        string[] files = [.. Enumerable.Range(0, 6).Select(i => NewFile($"disk{i}.img"))];
        using Peer foreign = Peer.Start();
        foreign.Must($"lock ofd exclusive {files[5]}");
        HandMadeDocument document = new HandMadeDocument()
            .Listener(NotOpen)
            .Listener(Hold(130, "open", NewFile("no-socket")))
            .Listener(Listener)
            .Client(NotOpen, Owner)
            .Client(Hold(131, "open", NewFile("no-client")), Owner)
            .Client(Hold(101, "accept", ""), Owner)
            .Resource(Hold(110, "posix-exclusive", files[0]), files[0], Owner)
            .Resource(Hold(111, "ofd-exclusive", files[1]), files[1], Owner)
            .Resource(NotOpen, files[2], Owner)
            .Resource(Hold(113, "ofd-exclusive", NewFile("another.img")), files[3], Owner)
            .Resource(Hold(114, "open", files[4]), files[4], Owner)
            .Resource(NotOpen, files[5], Owner);

        using ChildProcess daemon = Start(document.ToText(), out WireClient client);
        using (client)
        {
            foreach (string file in files)
            {
                Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Exclusive), file);
            }

            Assert.That(Problem(daemon, files[0]), Is.Null);
            Assert.That(Problem(daemon, files[1]), Is.Null);
            Assert.That(Problem(daemon, files[2]), Does.Contain($"descriptor {NotOpen} is not open; the lock was taken again"));
            Assert.That(Problem(daemon, files[3]), Does.Contain("descriptor 113 is another file; the lock was taken again"));
            Assert.That(Problem(daemon, files[4]), Does.Contain("was not held and was taken again"));
            Assert.That(Problem(daemon, files[5]), Does.Contain("cannot be taken again"));
            Assert.That(daemon.ErrorLines, Has.Exactly(2).Contains("no listening socket"));
            Assert.That(daemon.ErrorLines, Has.Exactly(2).Contains("is no client's socket"));
            Assert.That(
                LockProbe.Of(Path.Combine(Sandbox.Directory, "another.img")), Is.EqualTo(LockState.Free), "nobody's descriptor is closed");

            foreach (string file in files[..5])
            {
                Refusal.AssertOk(client.Release("", file));
                Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Free), file);
            }

            Refusal.AssertOrdinary(client.Acquire("", files[5]), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        }
    }

    [Test]
    public void A_PID_file_that_somebody_else_has_got_is_done_without_until_it_is_free()
    {
        string pidFile = Sandbox.Outside("/run/virtlockd.pid");
        File.WriteAllText(pidFile, "");
        string disk = NewFile("disk.img");
        HandMadeDocument document = new HandMadeDocument()
            .Listener(Listener)
            .Client(Hold(101, "accept", ""), Owner)
            .Resource(Hold(110, "posix-exclusive", disk), disk, Owner);
        Peer foreign = Peer.Start();
        foreign.Must($"lock posix exclusive {pidFile}");

        using ChildProcess daemon = Start(document.ToText(), out WireClient client);
        using (client)
        using (foreign)
        {
            Refusal.AssertOrdinary(client.Acquire("", disk), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
            Assert.That(daemon.ErrorLines, Has.Exactly(1).Contains("PID file '/run/virtlockd.pid' is taken"));
        }

        Eventually.True(() => LockProbe.Of(pidFile) == LockState.Exclusive, "the PID file is taken in time", TimeSpan.FromSeconds(15));
        Assert.That(File.ReadAllText(pidFile), Is.EqualTo($"{daemon.Id}"));
        Assert.That(daemon.ErrorLines, Has.Exactly(1).Contains("is taken"), "it is told once");
    }

    [Test]
    public void Sockets_that_are_dead_are_bound_anew()
    {
        _items.Clear();
        string disk = NewFile("disk.img");
        string file = Path.Combine(Sandbox.Directory, "document.json");
        File.WriteAllText(file, new HandMadeDocument().Listener(NotOpen).Client(NotOpen, Owner).Resource(NotOpen, disk, Owner).ToText());

        using ChildProcess daemon = Sandbox.Start(
            [Peer.Executable, "precede", "/run/virtlockd-restart-exec.json", file, "--", DaemonPath.Of(DaemonKind.VirtLock), "--verbose"]);
        WaitUntilServing(daemon, SocketPath);

        using WireClient client = WireClient.Connect(SocketPath);
        Refusal.AssertOk(client.Register(Owner));
        Refusal.AssertOk(client.Release("", disk));
        daemon.Signal("TERM");
        Assert.That(daemon.WaitForExit(), Is.Zero, daemon.StandardError);
        Assert.That(File.Exists(SocketPath), Is.False, "they are its own");
    }

    [Test]
    public void A_descriptor_that_is_named_twice_serves_one_of_them()
    {
        string first = NewFile("first.img");
        string second = NewFile("second.img");
        string alias = Path.Combine(Sandbox.Directory, "alias.img");
        File.CreateSymbolicLink(alias, first);
        HandMadeDocument document = new HandMadeDocument()
            .Listener(Listener)
            .Client(Hold(101, "accept", ""), Owner)
            .Client(101, Owner)
            .Resource(Hold(110, "ofd-exclusive", first), first, Owner)
            .Resource(110, alias, Owner)
            .Resource(Listener, second, Owner);

        using ChildProcess daemon = Start(document.ToText(), out WireClient client);
        using (client)
        {
            Assert.That(Problem(daemon, first), Is.Null);
            Assert.That(Problem(daemon, alias), Does.Contain("cannot be taken again"));
            Assert.That(Problem(daemon, second), Does.Contain("the lock was taken again"));
            Assert.That(daemon.ErrorLines, Has.Exactly(1).Contains("is no client's socket"));
            Assert.That(client.Release("", alias).IsOk, Is.False, "a lost lease is no lease");
            Assert.That(LockProbe.Of(first), Is.EqualTo(LockState.Exclusive));
            Refusal.AssertOk(client.Release("", first));
            Refusal.AssertOk(client.Release("", second));
            Assert.That(LockProbe.Of(first), Is.EqualTo(LockState.Free));
        }
    }

    [Test]
    public void Two_names_of_one_file_keep_the_stronger_lock_while_either_is_held([Values] bool sharedFirst)
    {
        string file = NewFile("disk.img");
        string alias = Path.Combine(Sandbox.Directory, "alias.img");
        File.CreateSymbolicLink(alias, file);
        uint shared = 1;
        HandMadeDocument document = new HandMadeDocument()
            .Listener(Listener)
            .Client(Hold(101, "accept", ""), Owner)
            .Resource(Hold(110, "posix-exclusive", file), sharedFirst ? alias : file, Owner, sharedFirst ? shared : 0)
            .Resource(Hold(111, "open", file), sharedFirst ? file : alias, Owner, sharedFirst ? 0 : shared);

        using ChildProcess daemon = Start(document.ToText(), out WireClient client);
        using (client)
        {
            Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Exclusive), "one of the leases is exclusive");
            Refusal.AssertOk(client.Release("", alias));
            Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Exclusive), "it still is");
            Refusal.AssertOk(client.Release("", file));
            Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Free));
        }
    }

    private static string? Problem(ChildProcess daemon, string file) =>
        daemon.ErrorLines.SingleOrDefault(line => line.Contains($"resource '{file}'", StringComparison.Ordinal));

    private string NewFile(string name)
    {
        string path = Path.Combine(Sandbox.Directory, name);
        File.WriteAllText(path, "");
        return path;
    }

    private int Hold(int descriptor, string kind, string path)
    {
        _items.Add(string.Create(CultureInfo.InvariantCulture, $"{descriptor}={kind}:{path}"));
        return descriptor;
    }

    /// <summary>Starts the daemon as the successor of a process that left a document; a client is there from before.</summary>
    private ChildProcess Start(string document, out WireClient client)
    {
        string file = Path.Combine(Sandbox.Directory, "document.json");
        File.WriteAllText(file, document);
        ChildProcess daemon = Sandbox.Start(
            [
                Peer.Executable, "precede", "/run/virtlockd-restart-exec.json", file, .. _items,
                "--", DaemonPath.Of(DaemonKind.VirtLock), "--verbose",
            ]);
        WireClient? early = null;
        Eventually.True(() => daemon.HasExited || (early ??= TryConnect()) is not null, "the earlier image listens");
        Assert.That(daemon.HasExited, Is.False, daemon.StandardError);
        client = early!;
        Refusal.AssertOk(client.Register(Owner));
        Eventually.True(
            () => daemon.StandardError.Contains("restored ", StringComparison.Ordinal), "the daemon has restored what it could");
        return daemon;
    }

    private WireClient? TryConnect()
    {
        try
        {
            return WireClient.Connect(SocketPath);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Not yet there.
            return null;
        }
    }
}
