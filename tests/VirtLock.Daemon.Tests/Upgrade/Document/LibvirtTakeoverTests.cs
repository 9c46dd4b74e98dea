using System.Net.Sockets;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.TestKit.Daemons;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>libvirt's daemon takes over from ours, and back: with its real executable.</summary>
internal sealed class LibvirtTakeoverTests
{
    private static readonly byte[] Uuid = [.. Enumerable.Range(1, 16).Select(value => (byte)value)];

    private LibvirtSuccessor _daemon = null!;

    [SetUp]
    public void Prepare() => _daemon = new LibvirtSuccessor();

    [TearDown]
    public void End() => _daemon?.Dispose();

    [Test]
    public void Libvirts_daemon_keeps_the_locks_and_serves()
    {
        _daemon.Become(Samples.Write(NewSnapshot()));
        using Socket client = Register();

        RemoteError? refused = Call(client, LockProcedure.AcquireResource, "/run/exclusive");

        Assert.That(refused?.Code, Is.EqualTo(ErrorCode.ResourceBusy));
        LockAttempt attempt = new FcntlLockDriver().TryLock(
            new FilePath(_daemon.PathOf("/run/exclusive")), LockMode.Shared, autocreate: false);
        Assert.That(attempt.IsBusy, Is.True);
    }

    [Test]
    public void Document_that_libvirts_daemon_leaves_in_turn_has_all_that_it_has_keys_for()
    {
        Snapshot ours = NewSnapshot();
        _daemon.Become(Samples.Write(ours));
        using Socket client = Register();

        Snapshot theirs = Snapshot.Read(_daemon.Restart(), _daemon.Id)!;

        Assert.That(theirs.IsFromLibvirt);
        Assert.That(
            SnapshotText.Of(Comparable(theirs)), Is.EqualTo(SnapshotText.Of(Comparable(AsLibvirtKeepsIt(ours)))));
    }

    private Snapshot NewSnapshot()
    {
        Dictionary<string, int> descriptors = _daemon.Descriptors;
        return Samples.Full with
        {
            Pid = _daemon.Id,
            Servers =
            [
                Samples.Full.Servers[0] with
                {
                    Listeners = [new ListenerSnapshot(descriptors["virtlockd"], IsOwn: true)],
                    Clients =
                    [
                        Samples.Full.Servers[0].Clients[1] with { Descriptor = descriptors["first"], PeerDescriptor = -1 },
                        Samples.Full.Servers[0].Clients[2] with { Descriptor = descriptors["second"] },
                    ],
                },
                Samples.AdminServer with { Listeners = [new ListenerSnapshot(descriptors["admin"], IsOwn: false)] },
            ],
            Default = new LockSpaceSnapshot(
                null,
                [
                    Samples.Full.Default.Resources[0] with
                    {
                        Name = new ResourceName([.. "/run/shared"u8, 0xFF]),
                        Path = new FilePath([.. "/run/shared"u8, 0xFF]),
                        Descriptor = descriptors["shared"],
                    },
                    Samples.Full.Default.Resources[1] with
                    {
                        Name = new ResourceName("/run/exclusive"),
                        Path = new FilePath("/run/exclusive"),
                        Descriptor = descriptors["exclusive"],
                    },
                ]),
            Directories =
            [
                new LockSpaceSnapshot(
                    new FilePath("/run/locks"),
                    [
                        Samples.Full.Directories[0].Resources[0] with
                        {
                            Name = new ResourceName("lease"),
                            Path = new FilePath("/run/locks/lease"),
                            Descriptor = descriptors["lease"],
                        },
                    ]),
            ],
            PidFileDescriptor = -1,
            Fencings = [],
        };
    }

    /// <summary>What has no key in libvirt's document, and names that are not UTF-8, go lost.</summary>
    private static Snapshot AsLibvirtKeepsIt(Snapshot ours)
    {
        var owner = Samples.Second with { Name = new OwnerName("b\uFFFD") };
        return ours with
        {
            IsFromLibvirt = true,
            IdleFor = null,
            Servers =
            [
                .. ours.Servers.Select(server => server with
                {
                    Clients = [.. server.Clients.Select(client => AsLibvirtKeepsIt(client, owner))],
                }),
            ],
            Default = AsLibvirtKeepsIt(ours.Default, owner),
            Directories = [.. ours.Directories.Select(space => AsLibvirtKeepsIt(space, owner))],
        };
    }

    private static ClientSnapshot AsLibvirtKeepsIt(ClientSnapshot client, Owner owner) => new()
    {
        Id = client.Id,
        Descriptor = client.Descriptor,
        ConnectedAt = client.ConnectedAt,
        IsRestricted = client.IsRestricted,
        Owner = client.Owner is null ? null : owner,
    };

    private static LockSpaceSnapshot AsLibvirtKeepsIt(LockSpaceSnapshot space, Owner owner) => space with
    {
        Resources =
        [
            .. space.Resources.Select(resource => resource with
            {
                Name = new ResourceName(resource.Name.Bytes.Contains((byte)0xFF) ? "/run/shared\uFFFD~1" : resource.Name.ToString()),
                Path = new FilePath(resource.Path.ToString()),
                Identity = null,
                Kind = LockKind.Posix,
                Leases =
                [
                    .. resource.Leases.Select(
                        lease => new LeaseSnapshot(lease.Owner.Pid == owner.Pid ? owner : Owner.OfPid(lease.Owner.Pid), null)),
                ],
            }),
        ],
    };

    /// <summary>
    /// Without this test's own connection and the number it took; in an order of its own, as libvirt's is that of a hash table.
    /// </summary>
    private Snapshot Comparable(Snapshot snapshot) => snapshot with
    {
        Servers =
        [
            .. snapshot.Servers.OrderBy(server => server.Name, StringComparer.Ordinal).Select(server => server with
            {
                NextClientId = 0,
                Clients = [.. server.Clients.Where(client => _daemon.Descriptors.ContainsValue(client.Descriptor))],
            }),
        ],
        Default = snapshot.Default with { Resources = [.. snapshot.Default.Resources.OrderBy(resource => resource.Descriptor)] },
    };

    private Socket Register()
    {
        Socket client = _daemon.Connect();
        var output = new ByteQueue();
        CallWriter.Write(output, LockProcedure.Register, 1, new RegisterArguments(Uuid, "test"u8, 7, 4711, 0));
        Assert.That(Exchange(client, output), Is.Null);
        return client;
    }

    private RemoteError? Call(Socket client, LockProcedure procedure, string name)
    {
        var output = new ByteQueue();
        CallWriter.Write(output, procedure, 2, new ResourceArguments(default, System.Text.Encoding.UTF8.GetBytes(name), 0));
        return Exchange(client, output);
    }

    private RemoteError? Exchange(Socket client, ByteQueue output)
    {
        client.Send(output.Unread);
        var input = new ByteQueue();
        while (true)
        {
            FrameStatus status = PacketFramer.TryRead(input.Unread, out PacketHeader header, out ReadOnlySpan<byte> body, out _);
            if (status == FrameStatus.Complete)
            {
                if (header.Status == MessageStatus.Ok)
                {
                    return null;
                }

                Assert.That(RemoteError.TryDecode(body, out RemoteError? refused));
                return refused;
            }

            int received = client.Receive(input.GetSpan(512), SocketFlags.None, out SocketError error);
            Assert.That(received, Is.Positive, () => $"The daemon does not answer, {error}: {_daemon.Errors}");
            input.Advance(received);
        }
    }
}
