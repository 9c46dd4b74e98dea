using System.Runtime.InteropServices;
using VirtLock.Daemon.EventLoop;
using VirtLock.Posix;

namespace VirtLock.Daemon.Supervision;

/// <summary>Brings signals onto the loop: TERM, INT and QUIT end the daemon cleanly, USR1 upgrades it.</summary>
internal sealed class Signals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;

    internal Signals(EpollLoop loop, Action onTerminate, Action onUpgrade)
    {
        _registrations =
        [
            Register(PosixSignal.SIGTERM, onTerminate),
            Register(PosixSignal.SIGINT, onTerminate),
            Register(PosixSignal.SIGQUIT, onTerminate),
            Register((PosixSignal)LibC.SIGUSR1, onUpgrade),
        ];

        PosixSignalRegistration Register(PosixSignal signal, Action action) => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            loop.Post(action);
        });
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }
}
