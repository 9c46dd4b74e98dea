using System.Runtime.InteropServices;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Supervision;
using VirtLock.Daemon.Tests.EventLoop;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Supervision;

/// <summary>Signals on a thread that has them blocked and sends them to itself, so that the rest of the process never sees any.</summary>
[TestFixture]
internal sealed partial class SignalsTests
{
    [TestCase(LibC.SIGTERM, "end")]
    [TestCase(LibC.SIGINT, "end")]
    [TestCase(LibC.SIGQUIT, "end")]
    [TestCase(LibC.SIGUSR1, "upgrade")]
    public void Signal_does_what_it_is_for(int signal, string expected)
    {
        Assert.That(Receive([signal], count: 1), Is.EqualTo(new[] { expected }));
    }

    [Test]
    public void Signals_of_one_kind_that_wait_are_one_and_those_of_two_kinds_are_two()
    {
        Assert.That(
            Receive([LibC.SIGUSR1, LibC.SIGTERM, LibC.SIGUSR1, LibC.SIGUSR1], count: 2), Is.EquivalentTo(new[] { "upgrade", "end" }));
    }

    /// <summary>
    /// Sends signals before anybody listens, as between predecessor and successor, then turns the loop until so many are dealt with.
    /// </summary>
    private static List<string> Receive(int[] signals, int count)
    {
        var received = new List<string>();
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Assert.That((SignalMask.Block(), SignalMask.Block()), Is.EqualTo((false, true)), "blocked before, and after");
                foreach (int signal in signals)
                {
                    Assert.That(raise(signal), Is.Zero);
                }

                var loop = new EpollLoop();
                _ = new Signals(loop, () => Note("end"), () => Note("upgrade"));
                loop.RunWithPatience();

                void Note(string what)
                {
                    received.Add(what);
                    if (received.Count == count)
                    {
                        loop.Schedule(TimeSpan.FromMilliseconds(10), loop.Stop);
                    }
                }
            }
            catch (Exception caught)
            {
                failure = caught;
            }
        });
        thread.Start();
        Assert.That(thread.Join(Patience.Limit * 2), Is.True);
        Assert.That(failure, Is.Null);
        return received;
    }

    /// <summary>raise(3): to this thread alone.</summary>
    [LibraryImport("libc")]
    private static partial int raise(int signal);
}
