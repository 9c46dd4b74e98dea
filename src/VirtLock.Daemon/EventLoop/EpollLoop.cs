using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.InteropServices;
using VirtLock.Posix;

namespace VirtLock.Daemon.EventLoop;

/// <summary>
/// The one thread on which the daemon lives: waits for descriptors, timers and what other threads post, and deals with one after the other.
/// Everything but <see cref="Post"/> belongs to that thread. Lives as long as the process.
/// </summary>
internal sealed unsafe class EpollLoop : IReadyHandler
{
    /// <summary>How many ready descriptors one wait fetches.</summary>
    private const int BatchSize = 256;

    private readonly Descriptor _epoll;
    private readonly Descriptor _wakeUp;
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly PriorityQueue<LoopTimer, long> _timers = new();
    private Registration[] _registrations = new Registration[64];
    private uint _generation;
    private bool _isStopped;

    internal EpollLoop()
    {
        _epoll = new Descriptor(Check(LibC.epoll_create1(LibC.EPOLL_CLOEXEC), "epoll_create1"));
        _wakeUp = new Descriptor(Check(LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK), "eventfd"));
        Add(_wakeUp, LibC.EPOLLIN, this);
    }

    /// <summary>Watches a descriptor.</summary>
    internal void Add(Descriptor descriptor, uint events, IReadyHandler handler)
    {
        if (descriptor.Number >= _registrations.Length)
        {
            Array.Resize(ref _registrations, Math.Max(descriptor.Number + 1, _registrations.Length * 2));
        }

        _registrations[descriptor.Number] = new Registration(handler, ++_generation);
        Control(LibC.EPOLL_CTL_ADD, descriptor, events);
    }

    /// <summary>Changes what a watched descriptor is watched for.</summary>
    internal void Modify(Descriptor descriptor, uint events) => Control(LibC.EPOLL_CTL_MOD, descriptor, events);

    /// <summary>Stops watching a descriptor; to be called before it is closed.</summary>
    internal void Remove(Descriptor descriptor)
    {
        _registrations[descriptor.Number] = default;
        Control(LibC.EPOLL_CTL_DEL, descriptor, 0);
    }

    /// <summary>Does something after a delay, unless it is cancelled before.</summary>
    internal LoopTimer Schedule(TimeSpan delay, Action action)
    {
        var timer = new LoopTimer(Environment.TickCount64 + (long)Math.Ceiling(delay.TotalMilliseconds), action);
        _timers.Enqueue(timer, timer.DueMilliseconds);
        return timer;
    }

    /// <summary>Has the loop do something on its next turn; from any thread.</summary>
    internal void Post(Action action)
    {
        _posted.Enqueue(action);
        ulong one = 1;
        _ = _wakeUp.WriteAll(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in one)));
    }

    /// <summary>Turns until <see cref="Stop"/>.</summary>
    internal void Run()
    {
        LibC.epoll_event* ready = stackalloc LibC.epoll_event[BatchSize];
        while (!_isStopped)
        {
            Turn(ready);
        }
    }

    /// <summary>Ends <see cref="Run"/> after the present turn.</summary>
    internal void Stop() => _isStopped = true;

    /// <inheritdoc/>
    public void OnReady(uint events)
    {
        // Cleared before the queue is emptied: what is posted meanwhile wakes the loop again.
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        _ = _wakeUp.ReadAll(count, out _);
        while (_posted.TryDequeue(out Action? action))
        {
            action();
        }
    }

    private static int Check(int result, string call) =>
        result >= 0 ? result : throw new Win32Exception(LibC.LastError, $"{call}: {ErrorText.Of(LibC.LastError)}");

    private void Turn(LibC.epoll_event* ready)
    {
        int count = LibC.epoll_wait(_epoll.Number, ready, BatchSize, NextTimeout());
        if (count < 0 && LibC.LastError != LibC.EINTR)
        {
            Check(count, "epoll_wait");
        }

        for (int i = 0; i < count; i++)
        {
            // An earlier handler of this turn may have closed the descriptor, and another may have got its number.
            Registration registration = _registrations[(int)(uint)ready[i].data];
            if (registration.Generation == (uint)(ready[i].data >> 32))
            {
                registration.Handler.OnReady(ready[i].events);
            }
        }

        FireTimers();
    }

    private void FireTimers()
    {
        while (_timers.TryPeek(out LoopTimer? timer, out long due) && (timer.Action is null || due <= Environment.TickCount64))
        {
            _timers.Dequeue();
            timer.Action?.Invoke();
        }
    }

    private int NextTimeout()
    {
        while (_timers.TryPeek(out LoopTimer? timer, out long due))
        {
            if (timer.Action is not null)
            {
                return (int)Math.Clamp(due - Environment.TickCount64, 0, int.MaxValue);
            }

            _timers.Dequeue();
        }

        return -1;
    }

    private void Control(int operation, Descriptor descriptor, uint events)
    {
        var request = new LibC.epoll_event
        {
            events = events,
            data = ((ulong)_registrations[descriptor.Number].Generation << 32) | (uint)descriptor.Number,
        };
        Check(LibC.epoll_ctl(_epoll.Number, operation, descriptor.Number, &request), "epoll_ctl");
    }

    /// <param name="Handler">Whom to tell.</param>
    /// <param name="Generation">Tells this use of a descriptor's number from earlier ones.</param>
    private readonly record struct Registration(IReadyHandler Handler, uint Generation);
}
