using System.Text;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>A new executable that can't take over, or nowhere to leave the snapshot: the old image serves on and says why.</summary>
[TestFixture]
internal sealed class UnfitSuccessorTests
{
    private const uint Pid = 424242;

    private UpgradableDaemon _daemon = null!;
    private HeldLocks _held = null!;
    private BusyClient _busy = null!;

    [SetUp]
    public void StartDaemon()
    {
        // A tmpfs that a test can fill.
        _daemon = UpgradableDaemon.Start(new DaemonOptions { Mounts = ["mount -o remount,size=256k /run"] });
        _held = new HeldLocks(_daemon, 16);
        _busy = new BusyClient(_daemon, Pid, _held.Expected[0].Path);
        _busy.Start();
    }

    [TearDown]
    public void StopDaemon()
    {
        _busy?.Dispose();
        _held?.Dispose();
        _daemon?.Dispose();
    }

    [Test]
    public void A_missing_executable()
    {
        _daemon.Executable.Remove();
        AssertRefused("No such file or directory");
    }

    [Test]
    public void A_file_that_is_not_executable()
    {
        _daemon.Executable.Replace(File.ReadAllBytes(DaemonPath.Of(DaemonKind.VirtLock)), isExecutable: false);
        AssertRefused("Permission denied");
    }

    [Test]
    public void An_executable_of_another_architecture()
    {
        const int MachineOffset = 18;
        const byte AArch64 = 183;
        byte[] elf = File.ReadAllBytes(DaemonPath.Of(DaemonKind.VirtLock));
        elf[MachineOffset] = AArch64;
        _daemon.Executable.Replace(elf);
        AssertRefused("Exec format error");
    }

    [Test]
    public void An_executable_that_was_not_written_to_its_end()
    {
        byte[] elf = File.ReadAllBytes(DaemonPath.Of(DaemonKind.VirtLock));
        _daemon.Executable.Replace(elf.AsSpan(0, elf.Length / 2));
        AssertRefused("signal ");
    }

    [Test]
    public void An_executable_that_fails() =>
        AssertScriptRefused("echo 'no such library' >&2; exit 1", "ended with code 1, saying: no such library");

    [Test]
    public void An_executable_that_says_nothing() => AssertScriptRefused("exit 0", "ended with code 0");

    [Test]
    public void An_executable_that_is_killed() => AssertScriptRefused("kill -KILL $$", "signal 9");

    [Test]
    public void An_executable_that_refuses_the_snapshot() =>
        AssertScriptRefused("echo 'virtlockd check mode 1'; echo 'from the future'; exit 3", "ended with code 3, saying: from the future");

    [Test]
    public void An_executable_that_vanishes_behind_its_preflight() =>
        AssertScriptRefused("echo 'virtlockd check mode 1'; rm \"$0\"", "No such file or directory");

    [Test]
    public void An_executable_that_hangs() => AssertScriptRefused("exec sleep 1000", "did not end in time");

    [Test]
    public void An_executable_whose_configuration_is_wrong()
    {
        // The successor reads the configuration of today.
        string configuration = _daemon.Serving.Sandbox.Directory;
        _daemon.Executable.Replace(Encoding.UTF8.GetBytes(
            $"#!/bin/sh\necho 'max_clients = \"many\"' > {configuration}/wrong.conf\n"
            + $"exec {DaemonPath.Of(DaemonKind.VirtLock)} --config {configuration}/wrong.conf \"$@\"\n"));
        AssertRefused("max_clients");
    }

    [Test]
    public void No_room_for_the_state_file()
    {
        string ballast = _daemon.Serving.Sandbox.Outside("/run/ballast");
        Fill(ballast);
        PutOneThatKnowsOnlyTheStateFile();
        AssertRefused("No space left on device", () => File.Delete(ballast));
    }

    [Test]
    public void A_state_file_that_cannot_be_made()
    {
        string inTheWay = _daemon.Serving.Sandbox.Outside("/run/virtlockd-restart-exec.json");
        Directory.CreateDirectory(inTheWay);
        PutOneThatKnowsOnlyTheStateFile();
        AssertRefused("cannot create '/run/virtlockd-restart-exec.json'", () => Directory.Delete(inTheWay));
    }

    [Test]
    public void A_full_file_system_does_not_stand_in_the_way_of_one_that_takes_the_snapshot_from_memory()
    {
        Fill(_daemon.Serving.Sandbox.Outside("/run/ballast"));

        _daemon.Upgrade();
        _daemon.Upgrade();

        _held.AssertStanding();
        _busy.Stop();
        _held.Release();
    }

    [Test]
    public void An_executable_that_cannot_open_its_log()
    {
        PutRealOneBehind("export LIBVIRT_LOG_OUTPUTS=1:file:/none/log");
        AssertRefused("failed to open /none/log");
    }

    [Test]
    public void An_executable_whose_lock_space_is_no_directory()
    {
        string configuration = _daemon.Serving.Sandbox.Directory;
        string file = _daemon.NewFile("no-directory");
        PutRealOneBehind(
            $"echo 'lockspaces = [\"{file}\"]' > {configuration}/wrong.conf; set -- \"$@\" --config {configuration}/wrong.conf");
        AssertRefused("exists, but is not a directory");
    }

    [Test]
    public void What_breaks_behind_the_preflight_is_left_out_and_the_rest_served()
    {
        string configuration = _daemon.Serving.Sandbox.Directory;
        string file = _daemon.NewFile("no-directory");
        PutRealOneBehind($"""
            case "$*" in *--check-snapshot*) ;; *)
              echo 'lockspaces = ["{file}"]' > {configuration}/wrong.conf
              set -- "$@" --config {configuration}/wrong.conf
              export LIBVIRT_LOG_OUTPUTS="1:file:/none/log 2:file:{_daemon.Executable.Path}.log" ;;
            esac
            """);

        _daemon.Upgrade();

        Eventually.True(
            () => _daemon.Log.Contains($"{file} exists, but is not a directory; left out", StringComparison.Ordinal), "the space is told");
        Assert.That(_daemon.Log, Does.Contain("while going on for the predecessor: failed to open /none/log"));
        long answered = _busy.Answered;
        Eventually.True(() => _busy.Answered > answered + 10, "the busy client goes on");
        _held.AssertStanding();
        _busy.Stop();
        _held.Release();
    }

    [TestCase("max_clients = \"many\"")]
    [TestCase("what?")]
    public void A_configuration_that_breaks_behind_the_preflight_is_left_out_and_the_rest_served(string content)
    {
        string configuration = _daemon.Serving.Sandbox.Directory;
        PutRealOneBehind($"""
            case "$*" in *--check-snapshot*) ;; *)
              echo '{content}' > {configuration}/wrong.conf
              set -- "$@" --config {configuration}/wrong.conf ;;
            esac
            """);

        _daemon.Signal();

        Eventually.True(
            () => _daemon.Log.Contains("while going on for the predecessor: ", StringComparison.Ordinal), "the mistake is told");
        long answered = _busy.Answered;
        Eventually.True(() => _busy.Answered > answered + 10, "the busy client goes on");
        _held.AssertStanding();
        _busy.Stop();
        _held.Release();
    }

    [Test]
    public void Refused_upgrades_leave_nothing_open()
    {
        _busy.Stop();
        _daemon.Executable.Replace(Encoding.ASCII.GetBytes("#!/bin/sh\nexit 1\n"));
        RefuseOnce(1);
        string[] descriptors = _daemon.Descriptors();

        for (int i = 2; i <= 5; i++)
        {
            RefuseOnce(i);
        }

        Assert.That(_daemon.Descriptors(), Is.EqualTo(descriptors));
    }

    private void PutRealOneBehind(string script) => _daemon.Executable.Replace(
        Encoding.UTF8.GetBytes($"#!/bin/sh\n{script}\nexec {DaemonPath.Of(DaemonKind.VirtLock)} \"$@\"\n"));

    /// <summary>As VirtLock's daemon was at first.</summary>
    private void PutOneThatKnowsOnlyTheStateFile() =>
        PutRealOneBehind("case \"$*\" in *--check-snapshot*) echo 'virtlockd check mode 1'; exit 0;; esac");

    private void RefuseOnce(int count)
    {
        _daemon.Signal();
        _daemon.WaitForRefusal(count);
    }

    private static void Fill(string path)
    {
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] block = new byte[4096];
        Assert.That(
            () =>
            {
                while (true)
                {
                    file.Write(block);
                }
            },
            Throws.InstanceOf<IOException>());
    }

    private void AssertScriptRefused(string script, string reason)
    {
        _daemon.Executable.Replace(Encoding.ASCII.GetBytes($"#!/bin/sh\n{script}\n"));
        AssertRefused(reason);
    }

    /// <summary>Nothing is lost, the reason is in the log, and with the hindrance gone the next upgrade succeeds.</summary>
    private void AssertRefused(string reason, Action? removeHindrance = null)
    {
        long answered = _busy.Answered;
        _daemon.Signal();
        string refusal = _daemon.WaitForRefusal();
        Assert.That(refusal, Does.Contain(_daemon.Executable.Path).And.Contain(reason));
        _held.AssertStanding();
        Eventually.True(() => _busy.Answered > answered + 10, "the busy client goes on");
        string stateFile = _daemon.Serving.Sandbox.Outside("/run/virtlockd-restart-exec.json");
        Assert.That(File.Exists(stateFile), Is.False, "no state file is left");

        removeHindrance?.Invoke();
        _daemon.Executable.PointTo(DaemonPath.Of(DaemonKind.VirtLock));
        _daemon.Upgrade();
        _held.AssertStanding();
        _busy.Stop();
        _held.Release();
    }
}
