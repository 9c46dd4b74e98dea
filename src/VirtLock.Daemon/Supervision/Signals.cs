using System.ComponentModel;
using VirtLock.Daemon.EventLoop;
using VirtLock.Daemon.Processes;
using VirtLock.Posix;

namespace VirtLock.Daemon.Supervision;

/// <summary>Brings signals onto the loop: TERM, INT and QUIT end the daemon cleanly, USR1 upgrades it: signalfd(2).</summary>
internal sealed unsafe class Signals : IReadyHandler
{
    private readonly Descriptor _descriptor;
    private readonly Action _onTerminate;
    private readonly Action _onUpgrade;

    internal Signals(EpollLoop loop, Action onTerminate, Action onUpgrade)
    {
        _onTerminate = onTerminate;
        _onUpgrade = onUpgrade;
        LibC.sigset_t handled = SignalMask.Handled();
        _descriptor = new Descriptor(LibC.signalfd(-1, &handled, LibC.SFD_CLOEXEC | LibC.SFD_NONBLOCK));
        if (_descriptor.IsNone)
        {
            throw new Win32Exception(LibC.LastError, $"signalfd: {ErrorText.Of(LibC.LastError)}");
        }

        loop.Add(_descriptor, LibC.EPOLLIN, this);
    }

    public void OnReady(uint events)
    {
        LibC.signalfd_siginfo signal;
        if (_descriptor.ReadAll(new Span<byte>(&signal, sizeof(LibC.signalfd_siginfo)), out _) != 0)
        {
            return;
        }

        if (signal.ssi_signo == LibC.SIGUSR1)
        {
            _onUpgrade();
        }
        else
        {
            _onTerminate();
        }
    }
}
