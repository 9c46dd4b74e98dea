using System.Globalization;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Tests.EventLoop;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Processes;

/// <summary>What a started program gets from us, and what it does not.</summary>
[TestFixture]
internal sealed class ChildProcessTests
{
    [Test]
    public void Child_gets_the_standard_descriptors_and_those_it_is_given_under_their_numbers()
    {
        using var given = new TestEvent();
        int[] inherited = InheritableDescriptors();

        using StartedChild child = StartedChild.Shell(
            "for number in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$number ] && echo $number; done",
            given: new Dictionary<int, Descriptor> { [7] = given.Descriptor });

        IEnumerable<int> open = child.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);
        Assert.That(open.Except(inherited), Is.EqualTo(new[] { 0, 1, 2, 7 }.Except(inherited)));
        Assert.That(open, Is.SupersetOf(new[] { 0, 1, 2, 7 }));
    }

    [Test]
    public void Given_descriptor_is_the_one_that_was_given_though_it_closes_on_exec_here()
    {
        using var given = new TestEvent();

        using StartedChild child = StartedChild.Shell(
            "readlink /proc/self/fd/8", given: new Dictionary<int, Descriptor> { [8] = given.Descriptor });

        Assert.That(child.ReadToEnd(), Is.EqualTo("anon_inode:[eventfd]\n"));
    }

    [Test]
    public void Descriptor_may_keep_its_number()
    {
        using var given = new TestEvent();

        using StartedChild child = StartedChild.Shell(
            $"readlink /proc/self/fd/{given.Descriptor}",
            given: new Dictionary<int, Descriptor> { [given.Descriptor.Number] = given.Descriptor });

        Assert.That(child.ReadToEnd(), Is.EqualTo("anon_inode:[eventfd]\n"));
    }

    [Test]
    public void Standard_descriptors_that_are_not_given_lead_nowhere()
    {
        using StartedChild child = StartedChild.Shell("readlink /proc/self/fd/0 /proc/self/fd/2");

        Assert.That(child.ReadToEnd(), Is.EqualTo("/dev/null\n/dev/null\n"));
    }

    [Test]
    public void Arguments_and_environment_are_what_is_given_and_nothing_else()
    {
        using StartedChild child = StartedChild.Shell("tr '\\0' '|' < /proc/$$/cmdline; tr '\\0' '|' < /proc/$$/environ");

        string output = child.ReadToEnd();
        Assert.That(output, Does.StartWith("sh|-c|tr "));
        Assert.That(output, Does.EndWith("|PATH=/usr/bin:/bin|MARK=from the test|"));
    }

    [Test]
    public void Child_starts_with_every_signal_let_through()
    {
        string output = string.Empty;
        var thread = new Thread(() =>
        {
            SignalMask.Block();
            using StartedChild child = StartedChild.Shell("grep SigBlk /proc/self/status");
            output = child.ReadToEnd();
        });

        thread.Start();
        Assert.That(thread.Join(Patience.Limit), Is.True);

        Assert.That(output, Is.EqualTo("SigBlk:\t0000000000000000\n"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Child_leads_a_session_of_its_own_when_asked_to(bool newSession)
    {
        using StartedChild child = StartedChild.Shell("cut -d' ' -f6 /proc/$$/stat", newSession);

        int session = int.Parse(child.ReadToEnd(), CultureInfo.InvariantCulture);
        Assert.That(session == child.Pid, Is.EqualTo(newSession));
    }

    [Test]
    public void Program_that_can_not_be_started_is_told_by_its_errno()
    {
        int errno = ChildProcess.Start(
            new FilePath("/none"), StartedChild.Terminated("none"), [], new Dictionary<int, Descriptor>(), newSession: false, out _);

        Assert.That(errno, Is.EqualTo(LibC.ENOENT));
    }

    /// <summary>What whoever started the tests let them inherit, and so lets every child inherit as well.</summary>
    private static int[] InheritableDescriptors() =>
    [
        .. Enumerable.Range(0, 10).Where(number => LibC.fcntl(number, LibC.F_GETFD, 0) == 0),
    ];
}
