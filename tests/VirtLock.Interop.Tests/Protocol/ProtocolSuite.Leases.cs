using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Protocol;

internal abstract partial class ProtocolSuite
{
    [Test]
    public void An_exclusive_lease_locks_the_file_until_it_is_released()
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);

        Refusal.AssertOk(client.Acquire("", file));
        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Exclusive));

        Refusal.AssertOk(client.Release("", file));
        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Free));
        Assert.That(File.ReadAllText(file), Is.EqualTo("contents"));
    }

    [Test]
    public void Only_the_first_byte_is_locked()
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        Refusal.AssertOk(client.Acquire("", file));

        Assert.That(LockProbe.OfImageLockBytes(file), Is.EqualTo(LockState.Free));
        Refusal.AssertOk(client.Release("", file));
    }

    [Test]
    public void A_running_emulators_own_image_locks_are_no_obstacle()
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        using LockFile image = new(file);
        Assert.That(image.TryLock(LockKind.OpenFile, shared: false, start: 100, length: 100), Is.True);

        Refusal.AssertOk(client.Acquire("", file));
        Refusal.AssertOk(client.Release("", file));
    }

    [TestCase(0u, 0u)]
    [TestCase(0u, Shared)]
    [TestCase(Shared, 0u)]
    public void A_lease_is_refused_while_a_conflicting_one_is_held(uint held, uint asked)
    {
        string file = NewFile();
        WireClient holder = ConnectAs(GuestPid);
        Refusal.AssertOk(holder.Acquire("", file, held));

        WireReply reply = ConnectAs(OtherGuestPid).Acquire("", file, asked);

        Refusal.AssertOrdinary(reply, Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Assert.That(reply.Error.Message, Does.Contain(file));
        Refusal.AssertOk(holder.Release("", file));
    }

    [TestCase(0u, 0u)]
    [TestCase(0u, Shared)]
    [TestCase(Shared, 0u)]
    public void The_owner_itself_is_refused_a_conflicting_second_lease(uint held, uint asked)
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        Refusal.AssertOk(client.Acquire("", file, held));

        Refusal.AssertOrdinary(client.Acquire("", file, asked), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Refusal.AssertOk(client.Release("", file));
    }

    [Test]
    public void Shared_leases_live_side_by_side_until_the_last_is_released()
    {
        string file = NewFile();
        WireClient first = ConnectAs(GuestPid);
        WireClient second = ConnectAs(OtherGuestPid);

        Refusal.AssertOk(first.Acquire("", file, Shared));
        Refusal.AssertOk(second.Acquire("", file, Shared));
        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Shared));

        Refusal.AssertOk(first.Release("", file));
        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Shared));
        Refusal.AssertOk(second.Release("", file));
        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Free));
    }

    [Test]
    public void Each_of_an_owners_shared_leases_needs_its_own_release()
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        Refusal.AssertOk(client.Acquire("", file, Shared));
        Refusal.AssertOk(client.Acquire("", file, Shared));

        Refusal.AssertOk(client.Release("", file));
        Refusal.AssertOrdinary(
            ConnectAs(OtherGuestPid).Acquire("", file), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Refusal.AssertOk(client.Release("", file));
        Refusal.AssertOrdinary(client.Release("", file), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
    }

    [Test]
    public void Releasing_what_is_not_held_is_refused()
    {
        string file = NewFile();
        WireReply reply = ConnectAs(GuestPid).Release("", file);

        Refusal.AssertOrdinary(reply, Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Assert.That(reply.Error.Message, Does.Contain(file));
    }

    [Test]
    public void Releasing_anothers_lease_is_refused_and_names_the_pid_that_asked()
    {
        string file = NewFile();
        WireClient holder = ConnectAs(GuestPid);
        Refusal.AssertOk(holder.Acquire("", file));

        WireReply reply = ConnectAs(OtherGuestPid).Release("", file);

        Refusal.AssertOrdinary(reply, Refusal.InternalError, Refusal.LockSpaceDomain);
        Assert.That(reply.Error.Message, Does.Contain("424243"));
        Refusal.AssertOk(holder.Release("", file));
    }

    [Test]
    public void Any_connection_of_the_owner_releases_its_lease()
    {
        string file = NewFile();
        Refusal.AssertOk(ConnectAs(GuestPid).Acquire("", file));

        Refusal.AssertOk(ConnectAs(GuestPid).Release("", file));

        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Free));
    }

    [Test]
    public void A_lease_outlasts_the_connection_of_somebody_else_who_acquired_it()
    {
        string file = NewFile();
        using (WireClient libvirtd = WireClient.Connect(SocketPath))
        {
            Refusal.AssertOk(libvirtd.Register(GuestPid));
            Refusal.AssertOk(libvirtd.Acquire("", file));
            libvirtd.FinishSending();
            Assert.That(libvirtd.IsClosedByServer(), Is.True);
        }

        // By then the daemon has dealt with the end of the connection: it answers in the order of events.
        Refusal.AssertOrdinary(
            ConnectAs(OtherGuestPid).Acquire("", file), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Exclusive));
        Refusal.AssertOk(ConnectAs(GuestPid).Release("", file));
    }

    [TestCase(LockKind.Posix)]
    [TestCase(LockKind.OpenFile)]
    public void Another_programs_exclusive_lock_refuses_every_lease(LockKind kind)
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        using Peer holder = HoldElsewhere(kind, "exclusive", file);

        Refusal.AssertOrdinary(client.Acquire("", file), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Refusal.AssertOrdinary(client.Acquire("", file, Shared), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Refusal.AssertOrdinary(client.Acquire("", file, AutoCreate), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
    }

    [TestCase(LockKind.Posix)]
    [TestCase(LockKind.OpenFile)]
    public void Another_programs_shared_lock_lets_shared_leases_in(LockKind kind)
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        using Peer holder = HoldElsewhere(kind, "shared", file);

        Refusal.AssertOrdinary(client.Acquire("", file), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Refusal.AssertOk(client.Acquire("", file, Shared));
        Refusal.AssertOk(client.Release("", file));
    }

    [Test]
    public void A_refused_lease_leaves_nothing_behind()
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        using (HoldElsewhere(LockKind.Posix, "exclusive", file))
        {
            Refusal.AssertOrdinary(client.Acquire("", file), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        }

        Refusal.AssertOrdinary(client.Release("", file), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Refusal.AssertOk(client.Acquire("", file));
        Refusal.AssertOk(client.Release("", file));
    }

    [TestCase(AutoCreate)]
    [TestCase(AutoCreate | Shared)]
    public void An_autocreated_file_appears_with_the_lease_and_goes_with_it(uint flags)
    {
        WireClient client = ConnectAs(GuestPid);
        string space = NewSpace(client);
        string file = Path.Combine(space, "lease");

        Refusal.AssertOk(client.Acquire(space, "lease", flags));
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(OwnerOnly));
        Assert.That(LockProbe.Of(file), Is.EqualTo(flags == AutoCreate ? LockState.Exclusive : LockState.Shared));

        Refusal.AssertOk(client.Release(space, "lease"));
        Assert.That(file, Does.Not.Exist);
    }

    [Test]
    public void A_file_that_was_there_before_goes_too_when_its_lease_was_autocreate()
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);

        Refusal.AssertOk(client.Acquire("", file, AutoCreate));
        Refusal.AssertOk(client.Release("", file));

        Assert.That(file, Does.Not.Exist);
    }

    [Test]
    public void An_autocreated_file_stays_while_another_program_shares_its_lock()
    {
        WireClient client = ConnectAs(GuestPid);
        string space = NewSpace(client);
        string file = Path.Combine(space, "lease");
        Refusal.AssertOk(client.Acquire(space, "lease", AutoCreate | Shared));
        using Peer sharer = HoldElsewhere(LockKind.Posix, "shared", file);

        Refusal.AssertOk(client.Release(space, "lease"));

        Assert.That(file, Does.Exist);
    }

    [TestCase(Shared, Shared | AutoCreate, true)]
    [TestCase(Shared | AutoCreate, Shared, false)]
    public void The_first_shared_lease_decides_whether_the_file_stays(uint first, uint second, bool stays)
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        Refusal.AssertOk(client.Acquire("", file, first));
        Refusal.AssertOk(client.Acquire("", file, second));

        Refusal.AssertOk(client.Release("", file));
        Assert.That(file, Does.Exist);
        Refusal.AssertOk(client.Release("", file));

        Assert.That(File.Exists(file), Is.EqualTo(stays));
    }

    [Test]
    public void The_same_name_in_two_spaces_is_two_resources()
    {
        WireClient client = ConnectAs(GuestPid);
        string first = Path.Combine(Home, "first");
        string second = Path.Combine(Home, "second");
        Refusal.AssertOk(client.CreateLockSpace(first));
        Refusal.AssertOk(client.CreateLockSpace(second));

        Refusal.AssertOk(client.Acquire(first, "lease", AutoCreate));
        Refusal.AssertOk(client.Acquire(second, "lease", AutoCreate));
        Refusal.AssertOk(client.Release(first, "lease"));
        Refusal.AssertOk(client.Release(second, "lease"));
    }

    [Test]
    public void A_name_need_not_be_text()
    {
        WireClient client = ConnectAs(GuestPid);
        string space = NewSpace(client);
        byte[] name = [0xff, 0xfe, (byte)'x'];

        Refusal.AssertOk(client.Call(LockProcedure.AcquireResource, new WireBody().Text(space).Text(name).UInt(AutoCreate)));
        Assert.That(Directory.GetFiles(space), Has.Length.EqualTo(1));
        Refusal.AssertOrdinary(
            client.Call(LockProcedure.AcquireResource, new WireBody().Text(space).Text(name).UInt(0)),
            Refusal.ResourceBusy,
            Refusal.LockSpaceDomain);
        Refusal.AssertSystem(
            client.Call(LockProcedure.AcquireResource, new WireBody().Text(space).Text([0xfe, 0xff, (byte)'x']).UInt(0)), ENOENT);
        Refusal.AssertOk(client.Call(LockProcedure.ReleaseResource, new WireBody().Text(space).Text(name).UInt(0)));
        Assert.That(Directory.GetFiles(space), Is.Empty);
    }

    [TestCase("symbolic link")]
    [TestCase("hard link")]
    [TestCase("doubled slash")]
    [TestCase("dot")]
    [TestCase("directory space")]
    public void An_alias_of_a_leased_file_is_refused_or_granted(string alias)
    {
        string file = NewFile();
        WireClient client = ConnectAs(GuestPid);
        (string space, string name) = MakeAlias(client, alias, file);
        Refusal.AssertOk(client.Acquire("", file));

        WireReply reply = client.Acquire(space, name);

        if (Differences.AliasesAreOneResource)
        {
            Refusal.AssertOrdinary(reply, Refusal.ResourceBusy, Refusal.LockSpaceDomain);
            Assert.That(LockProbe.Of(file), Is.EqualTo(LockState.Exclusive));
            Refusal.AssertOk(client.Release("", file));
            Refusal.AssertOk(client.Acquire(space, name));
            Refusal.AssertOk(client.Release(space, name));
        }
        else
        {
            Refusal.AssertOk(reply);
            Refusal.AssertOk(client.Release(space, name));
            Refusal.AssertOk(client.Release("", file));
        }
    }

    [Test]
    public void The_refusal_names_the_guest_that_holds_the_lease_or_not()
    {
        string file = NewFile();
        WireClient holder = Connect();
        Refusal.AssertOk(holder.Register(GuestPid, "goldfish"));
        Refusal.AssertOk(holder.Acquire("", file));

        string? text = ConnectAs(OtherGuestPid).Acquire("", file).Error.Message;

        Assert.That(text, Differences.BusyTextNamesTheHolder
            ? Does.Contain("goldfish").And.Contain("424242")
            : Does.Not.Contain("goldfish").And.Not.Contain("424242"));
        Refusal.AssertOk(holder.Release("", file));
    }

    private static Peer HoldElsewhere(LockKind kind, string mode, string file)
    {
        Peer peer = Peer.Start();
        peer.Must($"lock {(kind == LockKind.Posix ? "posix" : "ofd")} {mode} {file}");
        return peer;
    }

    private (string Space, string Name) MakeAlias(WireClient client, string alias, string file)
    {
        string other = Path.Combine(Home, "other.img");
        switch (alias)
        {
            case "symbolic link":
                File.CreateSymbolicLink(other, file);
                return ("", other);
            case "hard link":
                ChildProcess.Run("ln", file, other);
                return ("", other);
            case "doubled slash":
                return ("", file.Replace("/disk", "//disk", StringComparison.Ordinal));
            case "dot":
                return ("", file.Replace("/disk", "/./disk", StringComparison.Ordinal));
            default:
                Refusal.AssertOk(client.CreateLockSpace(Home));
                return (Home, Path.GetFileName(file));
        }
    }
}
