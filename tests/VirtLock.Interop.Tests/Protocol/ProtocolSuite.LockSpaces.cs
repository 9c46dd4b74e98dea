using System.Diagnostics;
using System.Net.Sockets;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Protocol;

internal abstract partial class ProtocolSuite
{
    private const int EPERM = 1;
    private const int ENOENT = 2;
    private const int ENXIO = 6;
    private const int ENOTDIR = 20;
    private const int EISDIR = 21;
    private const int ETXTBSY = 26;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyDirectory = OwnerOnly | UnixFileMode.UserExecute;

    private static readonly LockProcedure[] ProceduresOnResources =
    [
        LockProcedure.CreateResource,
        LockProcedure.DeleteResource,
        LockProcedure.AcquireResource,
        LockProcedure.ReleaseResource,
    ];

    [TestCase(LockProcedure.New)]
    [TestCase(LockProcedure.CreateLockSpace)]
    public void A_missing_directory_is_made_with_its_parents_for_the_owner_only(LockProcedure procedure)
    {
        string parent = Path.Combine(Home, "parent");
        string space = Path.Combine(parent, "space");

        Refusal.AssertOk(MakeSpace(ConnectAs(GuestPid), procedure, space));

        Assert.That(File.GetUnixFileMode(space), Is.EqualTo(OwnerOnlyDirectory));
        Assert.That(File.GetUnixFileMode(parent), Is.EqualTo(OwnerOnlyDirectory));
    }

    [TestCase(LockProcedure.New)]
    [TestCase(LockProcedure.CreateLockSpace)]
    public void An_existing_directory_becomes_a_lock_space_and_keeps_its_mode(LockProcedure procedure)
    {
        UnixFileMode mode = OwnerOnlyDirectory | UnixFileMode.GroupRead;
        string space = Path.Combine(Home, "space");
        Directory.CreateDirectory(space, mode);

        Refusal.AssertOk(MakeSpace(ConnectAs(GuestPid), procedure, space));

        Assert.That(File.GetUnixFileMode(space), Is.EqualTo(mode));
    }

    [Test]
    public void The_default_space_can_be_asked_for_but_not_made_anew()
    {
        WireClient client = ConnectAs(GuestPid);

        Refusal.AssertOk(client.CreateLockSpace(""));
        Refusal.AssertOrdinary(client.New(""), Refusal.OperationInvalid, Refusal.RpcDomain);
    }

    [Test]
    public void An_existing_space_can_be_asked_for_but_not_made_anew()
    {
        WireClient client = ConnectAs(GuestPid);
        string space = NewSpace(client);

        Refusal.AssertOk(client.CreateLockSpace(space));
        WireReply reply = client.New(space);

        Refusal.AssertOrdinary(reply, Refusal.InternalError, Refusal.RpcDomain);
        Assert.That(reply.Error.Message, Does.Contain(space));
    }

    [Test]
    public void Spaces_are_known_to_every_connection()
    {
        string space = NewSpace(Connect());

        Refusal.AssertOk(ConnectAs(GuestPid).Create(space, "lease"));
    }

    [Test]
    public void A_trailing_slash_makes_another_space()
    {
        WireClient client = ConnectAs(GuestPid);
        string space = NewSpace(client);

        Refusal.AssertOrdinary(client.Create(space + "/", "lease"), Refusal.InternalError, Refusal.RpcDomain);
    }

    [TestCaseSource(nameof(ProceduresOnResources))]
    public void An_unknown_space_is_refused_and_named(LockProcedure procedure)
    {
        string space = Path.Combine(Home, "unknown");
        WireReply reply = ConnectAs(GuestPid).Resource(procedure, space, "lease", 0);

        Refusal.AssertOrdinary(reply, Refusal.InternalError, Refusal.RpcDomain);
        Assert.That(reply.Error.Message, Does.Contain(space));
    }

    [Test]
    public void A_file_can_not_become_a_space()
    {
        string file = NewFile();
        WireReply reply = Connect().CreateLockSpace(file);

        Refusal.AssertOrdinary(reply, Refusal.InternalError, Refusal.LockSpaceDomain);
        Assert.That(reply.Error.Message, Does.Contain(file));
    }

    [Test]
    public void A_space_that_can_not_be_made_is_refused_with_the_system_error() =>
        Refusal.AssertSystem(Connect().CreateLockSpace("/proc/none/space"), ENOENT);

    [Test]
    public void NEW_that_can_not_make_its_directory_says_so_or_pretends_success()
    {
        using DaemonSandbox daemon = StartAnotherDaemon();
        using WireClient client = daemon.ConnectAs(GuestPid);

        WireReply reply = client.New("/proc/none/space");

        if (Differences.FailedNewIsReported)
        {
            Refusal.AssertSystem(reply, ENOENT);
            Refusal.AssertOrdinary(client.Create("/proc/none/space", "lease"), Refusal.InternalError, Refusal.RpcDomain);
        }
        else
        {
            Refusal.AssertOk(reply);
        }
    }

    [Test]
    public void NEW_on_a_file_says_so_or_pretends_success()
    {
        string file = NewFile();
        using DaemonSandbox daemon = StartAnotherDaemon();
        using WireClient client = daemon.ConnectAs(GuestPid);

        WireReply reply = client.New(file);

        if (Differences.FailedNewIsReported)
        {
            Refusal.AssertOrdinary(reply, Refusal.InternalError, Refusal.LockSpaceDomain);
        }
        else
        {
            Refusal.AssertOk(reply);
        }
    }

    [Test]
    public void A_created_resource_is_an_empty_file_for_the_owner_only()
    {
        WireClient client = ConnectAs(GuestPid);
        string space = NewSpace(client);

        Refusal.AssertOk(client.Create(space, "lease"));

        FileInfo file = new(Path.Combine(space, "lease"));
        Assert.That(file.Length, Is.Zero);
        Assert.That(file.UnixFileMode, Is.EqualTo(OwnerOnly));
    }

    [Test]
    public void Creating_a_resource_that_exists_keeps_its_contents()
    {
        string file = NewFile();

        Refusal.AssertOk(ConnectAs(GuestPid).Create("", file));

        Assert.That(File.ReadAllText(file), Is.EqualTo("contents"));
    }

    [Test]
    public void Deleting_removes_the_file_and_a_missing_one_is_no_error()
    {
        WireClient client = ConnectAs(GuestPid);
        string file = NewFile();

        Refusal.AssertOk(client.Delete("", file));
        Assert.That(file, Does.Not.Exist);
        Refusal.AssertOk(client.Delete("", file));
    }

    [Test]
    public void Creating_a_resource_that_is_a_socket_fails_as_opening_it_does()
    {
        string path = Path.Combine(Home, "socket");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));

        Refusal.AssertSystem(ConnectAs(GuestPid).Create("", path), ENXIO, Refusal.NoDomain);
    }

    [Test]
    public void Creating_a_resource_that_is_being_executed_fails_as_opening_it_does()
    {
        string path = Path.Combine(Home, "sleep");
        File.Copy("/bin/sleep", path);
        using var running = Process.Start(path, "60");

        WireReply reply = ConnectAs(GuestPid).Create("", path);
        running.Kill();

        Refusal.AssertSystem(reply, ETXTBSY, Refusal.NoDomain);
    }

    [Test]
    public void A_link_that_leads_nowhere_is_no_space()
    {
        string link = Path.Combine(Home, "link");
        File.CreateSymbolicLink(link, Path.Combine(Home, "missing"));

        Refusal.AssertSystem(Connect().CreateLockSpace(link), ENOTDIR);
        Assert.That(Directory.Exists(Path.Combine(Home, "missing")), Is.False);
    }

    [Test]
    public void A_space_below_a_link_that_leads_nowhere_is_refused()
    {
        string link = Path.Combine(Home, "link");
        File.CreateSymbolicLink(link, Path.Combine(Home, "missing"));

        Refusal.AssertSystem(Connect().CreateLockSpace(Path.Combine(link, "space")), ENOENT);
    }

    [Test]
    public void A_pipe_is_deleted_or_refused()
    {
        string pipe = Path.Combine(Home, "pipe");
        Run("mkfifo", pipe);

        WireReply reply = ConnectAs(GuestPid).Delete("", pipe);

        if (Differences.OnlyRegularFilesAreRemoved)
        {
            Refusal.AssertSystem(reply, EPERM);
        }
        else
        {
            Refusal.AssertOk(reply);
        }

        Assert.That(File.Exists(pipe), Is.EqualTo(Differences.OnlyRegularFilesAreRemoved));
    }

    [Test]
    public void A_held_file_is_deleted_by_another_name_or_not()
    {
        string file = NewFile();
        string alias = Path.Combine(Home, "alias");
        Run("ln", file, alias);
        WireClient client = ConnectAs(GuestPid);
        Refusal.AssertOk(client.Acquire("", file));

        WireReply reply = client.Delete("", alias);

        if (Differences.AliasesAreOneResource)
        {
            Refusal.AssertOrdinary(reply, Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        }
        else
        {
            Refusal.AssertOk(reply);
        }

        Refusal.AssertOk(client.Release("", file));
    }

    [Test]
    public void Files_that_were_made_for_leases_go_with_the_daemon()
    {
        using DaemonSandbox daemon = StartAnotherDaemon();
        string directory = daemon.NewDirectory();
        string made = Path.Combine(directory, "lease");
        string existing = Path.Combine(directory, "disk");
        File.WriteAllText(existing, "");
        using (WireClient client = daemon.ConnectAs(GuestPid))
        {
            Refusal.AssertOk(client.Acquire("", made, AutoCreate));
            Refusal.AssertOk(client.Acquire("", existing));
        }

        daemon.Daemon.Signal("TERM");

        Assert.That(daemon.Daemon.WaitForExit(), Is.Zero);
        Assert.That((File.Exists(made), File.Exists(existing)), Is.EqualTo((false, true)));
    }

    [Test]
    public void A_held_resource_is_neither_created_nor_deleted()
    {
        WireClient client = ConnectAs(GuestPid);
        string space = NewSpace(client);
        Refusal.AssertOk(client.Acquire(space, "lease", AutoCreate));

        Refusal.AssertOrdinary(client.Create(space, "lease"), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Refusal.AssertOrdinary(client.Delete(space, "lease"), Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        Refusal.AssertOk(client.Release(space, "lease"));
    }

    [Test]
    public void Acquiring_a_file_below_a_missing_directory_fails_with_the_system_error() =>
        Refusal.AssertSystem(ConnectAs(GuestPid).Acquire("", Path.Combine(Home, "none", "disk.img")), ENOENT);

    [Test]
    public void Creating_a_file_below_a_missing_directory_fails_with_the_system_error() => Refusal.AssertSystem(
        ConnectAs(GuestPid).Create("", Path.Combine(Home, "none", "disk.img")),
        ENOENT,
        Refusal.NoDomain);

    [TestCase(LockProcedure.DeleteResource, EISDIR)]
    [TestCase(LockProcedure.AcquireResource, EISDIR)]
    public void A_directory_is_no_resource(LockProcedure procedure, int errno) =>
        Refusal.AssertSystem(ConnectAs(GuestPid).Resource(procedure, "", Home, 0), errno);

    [TestCase("/absolute")]
    [TestCase("../outside")]
    [TestCase("inner/../../outside")]
    [TestCase("nul\0inside")]
    public void Names_that_lead_out_of_a_directory_space_are_refused_or_followed(string name)
    {
        WireClient client = ConnectAs(GuestPid);
        string space = NewSpace(client);
        Directory.CreateDirectory(Path.Combine(space, "inner"));

        WireReply reply = client.Acquire(space, name, AutoCreate);

        if (Differences.UnsafeNamesAreRefused)
        {
            Refusal.AssertOrdinary(reply, Refusal.InvalidArgument, Refusal.LockSpaceDomain);
            Assert.That(Directory.EnumerateFiles(Home, "*", SearchOption.AllDirectories), Is.Empty);
        }
        else
        {
            Refusal.AssertOk(reply);
            Refusal.AssertOk(client.Release(space, name));
        }
    }

    [Test]
    public void A_name_in_the_default_space_with_a_NUL_is_refused_or_cut()
    {
        WireClient client = ConnectAs(GuestPid);
        string file = NewFile();

        WireReply reply = client.Acquire("", file + "\0.img");

        if (Differences.UnsafeNamesAreRefused)
        {
            Refusal.AssertOrdinary(reply, Refusal.InvalidArgument, Refusal.LockSpaceDomain);
        }
        else
        {
            Refusal.AssertOk(reply);
            Refusal.AssertOk(client.Release("", file));
        }
    }

    [Test]
    public void A_name_in_a_directory_space_may_hold_a_slash()
    {
        WireClient client = ConnectAs(GuestPid);
        string space = NewSpace(client);
        Directory.CreateDirectory(Path.Combine(space, "inner"));

        Refusal.AssertOk(client.Acquire(space, "inner/lease", AutoCreate));
        Assert.That(Path.Combine(space, "inner", "lease"), Does.Exist);
        Refusal.AssertOk(client.Release(space, "inner/lease"));
    }

    private static WireReply MakeSpace(WireClient client, LockProcedure procedure, string path) =>
        procedure == LockProcedure.New ? client.New(path) : client.CreateLockSpace(path);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, program);
    }
}
