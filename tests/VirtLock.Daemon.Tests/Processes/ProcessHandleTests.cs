using VirtLock.Daemon.Processes;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Processes;

/// <summary>Telling processes from each other that have one pid after the other.</summary>
[TestFixture]
internal sealed class ProcessHandleTests
{
    private static readonly ProcessId Own = new((uint)Environment.ProcessId);

    [Test]
    public void Process_is_had_by_its_pid_and_start()
    {
        var process = ProcessHandle.OfPid(Own, ProcessStart.Of(Own));

        Assert.That((process.Descriptor.IsNone, process.IsDead, process.IsUnknown), Is.EqualTo((false, false, false)));
        process.Descriptor.Close();
    }

    [Test]
    public void Process_is_dead_when_a_later_one_has_its_pid() =>
        Assert.That(ProcessHandle.OfPid(Own, ProcessStart.Of(Own) - 1).IsDead, Is.True);

    [Test]
    public void Whose_a_pid_is_cannot_be_told_without_a_start() =>
        Assert.That(ProcessHandle.OfPid(Own, start: 0).IsUnknown, Is.True);

    [Test]
    public void Process_is_dead_when_nobody_has_its_pid() =>
        Assert.That(ProcessHandle.OfPid(new ProcessId(1u << 23), start: 1).IsDead, Is.True);

    [TestCase(LibC.EMFILE)]
    [TestCase(LibC.ENFILE)]
    [TestCase(LibC.ENOMEM)]
    [TestCase(LibC.ENOPROTOOPT)]
    public void Failure_does_not_make_a_process_dead(int errno) =>
        Assert.That((ProcessHandle.Failed(errno).IsDead, ProcessHandle.Failed(errno).IsUnknown), Is.EqualTo((false, true)));

    [Test]
    public void Start_is_what_the_system_says_and_lies_in_the_past()
    {
        using var self = System.Diagnostics.Process.GetCurrentProcess();

        Assert.That(ProcessStart.Read(Own, out ulong ticks), Is.Zero);
        DateTimeOffset? start = ProcessStart.TimeOf(ticks, DateTimeOffset.UtcNow);

        Assert.That(start?.UtcDateTime, Is.EqualTo(self.StartTime.ToUniversalTime()).Within(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void Start_of_a_program_with_a_wild_name_is_read_all_the_same()
    {
        using var child = StartedChild.Shell("printf ') 1 2) 3' > /proc/$$/comm; echo ready; exec 0<&-; while :; do sleep 600; done");
        child.AwaitLine("ready");
        ulong own = ProcessStart.Of(Own);

        Assert.That(ProcessStart.Of(new ProcessId((uint)child.Pid)), Is.InRange(own, own + 360_000));
    }

    [Test]
    public void Nobody_started_with_a_pid_that_nobody_has() =>
        Assert.That(ProcessStart.Read(new ProcessId(1u << 23), out _), Is.EqualTo(LibC.ESRCH));

    [Test]
    public void Reserve_is_given_up_when_descriptors_have_run_out_and_filled_again()
    {
        DescriptorReserve.Fill();
        int attempts = 0;
        var opened = DescriptorReserve.Open(() => Refuse(ref attempts));

        Assert.That((attempts, opened.IsNone), Is.EqualTo((3, true)), "once for itself and once for each that is kept");
        DescriptorReserve.Open(() => Refuse(ref attempts));
        Assert.That(attempts, Is.EqualTo(4), "nothing is left to give up");
        DescriptorReserve.Fill();
        DescriptorReserve.Open(() => Refuse(ref attempts));
        Assert.That(attempts, Is.EqualTo(7));
        DescriptorReserve.Fill();
    }

    private static Descriptor Refuse(ref int attempts)
    {
        attempts++;
        System.Runtime.InteropServices.Marshal.SetLastSystemError(LibC.EMFILE);
        return Descriptor.None;
    }
}
