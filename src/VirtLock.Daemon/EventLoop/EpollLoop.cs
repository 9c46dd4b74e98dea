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

    /// <summary>How long a descriptor is not watched whose handler failed, so that one that fails always does not take all turns.</summary>
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(1);

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

    /// <summary>
    /// Raised when a handler, a timer or something posted threw: that costs what it was for, and the loop goes on. While nobody listens,
    /// the exception ends the loop.
    /// </summary>
    internal event Action<Exception>? Failed;

    /// <summary>Watches a descriptor.</summary>
    internal void Add(Descriptor descriptor, uint events, IReadyHandler handler) =>
        Check(TryAdd(descriptor, events, handler) ? 0 : -1, "epoll_ctl");

    /// <summary>Watches a descriptor if the kernel lets us: epoll_ctl(2) has ENOSPC and ENOMEM.</summary>
    /// <returns>False with the reason in <see cref="LibC.LastError"/>.</returns>
    internal bool TryAdd(Descriptor descriptor, uint events, IReadyHandler handler)
    {
        if (descriptor.Number >= _registrations.Length)
        {
            Array.Resize(ref _registrations, Math.Max(descriptor.Number + 1, _registrations.Length * 2));
        }

        _registrations[descriptor.Number] = new Registration(handler, ++_generation, events, IsResting: false);
        if (Control(LibC.EPOLL_CTL_ADD, descriptor.Number))
        {
            return true;
        }

        _registrations[descriptor.Number] = default;
        return false;
    }

    /// <summary>Changes what a watched descriptor is watched for.</summary>
    internal void Modify(Descriptor descriptor, uint events)
    {
        ref Registration registration = ref _registrations[descriptor.Number];
        registration = registration with { Events = events };
        if (!registration.IsResting)
        {
            Check(Control(LibC.EPOLL_CTL_MOD, descriptor.Number) ? 0 : -1, "epoll_ctl");
        }
    }

    /// <summary>Stops watching a descriptor; to be called before it is closed.</summary>
    internal void Remove(Descriptor descriptor)
    {
        bool isResting = _registrations[descriptor.Number].IsResting;
        _registrations[descriptor.Number] = default;
        Check(isResting || Control(LibC.EPOLL_CTL_DEL, descriptor.Number) ? 0 : -1, "epoll_ctl");
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

    /// <summary>Does something that belongs to a handler though no event brought it: if it fails, the handler has failed.</summary>
    internal void DoFor(IReadyHandler handler, Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (Failed is not null)
        {
            Tell(failure);
            _ = GivesUp(handler);
        }
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
            Do(action);
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
                Deliver((int)(uint)ready[i].data, registration, ready[i].events);
            }
        }

        FireTimers();
    }

    private void Deliver(int number, in Registration registration, uint events)
    {
        try
        {
            registration.Handler.OnReady(events);
        }
        catch (Exception failure) when (Failed is not null)
        {
            Tell(failure);
            if (!GivesUp(registration.Handler))
            {
                Rest(number, registration.Generation);
            }
        }
    }

    private void Do(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (Failed is not null)
        {
            Tell(failure);
        }
    }

    private bool GivesUp(IReadyHandler handler)
    {
        try
        {
            return handler.OnFailed();
        }
        catch (Exception failure) when (Failed is not null)
        {
            Tell(failure);
            return false;
        }
    }

    private void Tell(Exception failure)
    {
        try
        {
            Failed!(failure);
        }
        catch (Exception unsaid) when (unsaid is not null)
        {
            // A log that fails as well costs its line.
        }
    }

    /// <summary>Leaves a descriptor unwatched for a while, if it is still the one whose handler failed.</summary>
    private void Rest(int number, uint generation)
    {
        ref Registration registration = ref _registrations[number];
        if (registration.Generation != generation)
        {
            return;
        }

        registration = registration with { IsResting = true };
        _ = Control(LibC.EPOLL_CTL_DEL, number);
        Schedule(RestAfterFailure, () => Wake(number, generation));
    }

    private void Wake(int number, uint generation)
    {
        if (_registrations[number].Generation != generation)
        {
            return;
        }

        if (Control(LibC.EPOLL_CTL_ADD, number))
        {
            _registrations[number] = _registrations[number] with { IsResting = false };
        }
        else
        {
            Schedule(RestAfterFailure, () => Wake(number, generation));
        }
    }

    private void FireTimers()
    {
        while (_timers.TryPeek(out LoopTimer? timer, out long due) && (timer.Action is null || due <= Environment.TickCount64))
        {
            _timers.Dequeue();
            if (timer.Action is { } action)
            {
                Do(action);
            }
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

    private bool Control(int operation, int number)
    {
        var request = new LibC.epoll_event
        {
            events = _registrations[number].Events,
            data = ((ulong)_registrations[number].Generation << 32) | (uint)number,
        };
        return LibC.epoll_ctl(_epoll.Number, operation, number, &request) == 0;
    }

    /// <param name="Handler">Whom to tell.</param>
    /// <param name="Generation">Tells this use of a descriptor's number from earlier ones; 0 for none.</param>
    /// <param name="Events">What it is watched for.</param>
    /// <param name="IsResting">Whether it is not watched for a while, as its handler failed.</param>
    private readonly record struct Registration(IReadyHandler Handler, uint Generation, uint Events, bool IsResting);
}
