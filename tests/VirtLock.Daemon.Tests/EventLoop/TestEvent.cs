using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.EventLoop;

/// <summary>A descriptor that is ready when the test says so: eventfd(2).</summary>
internal sealed class TestEvent : IDisposable
{
    internal TestEvent(bool isRaised = false)
    {
        Descriptor = new Descriptor(LibC.eventfd(isRaised ? 1u : 0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK));
        Assert.That(Descriptor.IsNone, Is.False);
    }

    internal Descriptor Descriptor { get; }

    internal void Clear() => Assert.That(Descriptor.ReadAll(stackalloc byte[sizeof(ulong)], out _), Is.Zero);

    public void Dispose() => Descriptor.Close();
}
