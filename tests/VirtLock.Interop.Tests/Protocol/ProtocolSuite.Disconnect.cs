using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Protocol;

internal abstract partial class ProtocolSuite
{
    [Test]
    public void An_owner_that_loses_its_connection_is_ended_and_its_leases_are_freed()
    {
        string file = NewFile();
        using Peer guest = Peer.StartGuest(SocketPath);
        guest.Must($"acquire 0 {file}");
        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Exclusive));

        guest.Disconnect();

        guest.WaitUntilDead();
        Eventually.True(() => LockProbe.Of(file) == LockState.Free, "the lease is freed");
    }

    [Test]
    public void An_owner_without_leases_lives_on_after_its_connection()
    {
        string file = NewFile();
        using Peer guest = Peer.StartGuest(SocketPath);
        guest.Must($"acquire 0 {file}");
        guest.Must($"release {file}");
        guest.Disconnect();

        // Once the guest's new connection is served the end of the old one has been; a signal would have come with it.
        guest.Must($"connect {SocketPath}");
        guest.Must("register guest");
        Assert.That(guest.IsAlive, Is.True);
    }

    [Test]
    public void Leases_that_others_acquired_for_the_owner_go_with_its_own_connection()
    {
        string file = NewFile();
        using Peer guest = Peer.StartGuest(SocketPath);
        guest.Must("restrict");
        Refusal.AssertOk(ConnectAs((uint)guest.Id).Acquire("", file));

        guest.Disconnect();

        guest.WaitUntilDead();
        Eventually.True(() => LockProbe.Of(file) == LockState.Free, "the lease is freed");
    }

    [Test]
    public void Leases_in_every_space_go_with_the_owners_connection()
    {
        string file = NewFile();
        string space = NewSpace(Connect());
        using Peer guest = Peer.StartGuest(SocketPath);
        guest.Must($"acquire 0 {file}");
        guest.Must($"acquire-in {space} {AutoCreate} lease");

        guest.Disconnect();

        guest.WaitUntilDead();
        Eventually.True(() => LockProbe.Of(file) == LockState.Free, "the lease in the default space is freed");
        Eventually.True(() => !File.Exists(Path.Combine(space, "lease")), "the autocreated file is gone");
    }

    [Test]
    public void The_death_of_an_owner_frees_its_leases()
    {
        string file = NewFile();
        using (Peer guest = Peer.StartGuest(SocketPath))
        {
            guest.Must($"acquire 0 {file}");
        }

        Eventually.True(() => LockProbe.Of(file) == LockState.Free, "the lease is freed");
    }

    [Test]
    public void One_owners_end_leaves_the_shared_leases_of_others()
    {
        string file = NewFile();
        WireClient other = ConnectAs(OtherGuestPid);
        Refusal.AssertOk(other.Acquire("", file, Shared));
        using Peer guest = Peer.StartGuest(SocketPath);
        guest.Must($"acquire {Shared} {file}");

        guest.Disconnect();

        guest.WaitUntilDead();
        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Shared));
        Refusal.AssertOk(other.Release("", file));
        Eventually.True(() => LockProbe.Of(file) == LockState.Free, "no owner is left");
    }

    [Test]
    public void The_leases_of_an_owner_that_ignores_SIGTERM_outlive_it_or_not()
    {
        string file = NewFile();
        using Peer guest = Peer.StartGuest(SocketPath);
        guest.Must("ignore-sigterm");
        guest.Must($"acquire 0 {file}");

        guest.Disconnect();
        Eventually.True(() => LockProbe.Of(file) == LockState.Free, "the lease is freed");

        Assert.That(guest.IsAlive, Is.Not.EqualTo(Differences.LeasesOutliveTheirOwner));
        guest.WaitUntilDead();
    }

    [Test]
    public void A_disconnect_frees_all_of_an_owners_duplicate_leases_or_one()
    {
        string file = NewFile();
        using Peer guest = Peer.StartGuest(SocketPath);
        guest.Must($"acquire {Shared} {file}");
        guest.Must($"acquire {Shared} {file}");
        uint pid = (uint)guest.Id;

        guest.Disconnect();
        guest.WaitUntilDead();

        if (Differences.DisconnectFreesDuplicates)
        {
            Eventually.True(() => LockProbe.Of(file) == LockState.Free, "every duplicate is freed");
        }
        else
        {
            Refusal.AssertOk(ConnectAs(pid).Release("", file));
            Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Free));
        }
    }
}
