using BenchmarkDotNet.Attributes;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Sessions;

namespace VirtLock.Benchmarks.Micro;

/// <summary>The bytes of a request to the bytes of its reply, without files and sockets.</summary>
[MemoryDiagnoser]
public class SessionBenchmarks
{
    private readonly ByteQueue _output = new();
    private readonly byte[] _acquire = Requests.Acquire();
    private readonly byte[] _release = Requests.Release();
    private LockSession _guest = null!;
    private LockSession _rival = null!;

    /// <summary>Registers a guest, and another that holds what it wants.</summary>
    [GlobalSetup]
    public void Register()
    {
        _guest = Registered(new LockTable(new WillingDriver(), TimeProvider.System));
        var table = new LockTable(new WillingDriver(), TimeProvider.System);
        Handle(Registered(table), _acquire);
        _rival = Registered(table);
    }

    /// <summary>Two requests that succeed.</summary>
    [Benchmark]
    public int AcquireAndRelease() => Handle(_guest, _acquire) + Handle(_guest, _release);

    /// <summary>A request that is refused, with the reply that says who holds the resource.</summary>
    [Benchmark]
    public int AcquireHeld() => Handle(_rival, _acquire);

    private LockSession Registered(LockTable table)
    {
        var session = new LockSession(table);
        Handle(session, Requests.Register());
        return session;
    }

    private int Handle(LockSession session, byte[] request)
    {
        PacketFramer.TryRead(request, out PacketHeader header, out ReadOnlySpan<byte> body, out _);
        session.Handle(header, body, _output);
        int length = _output.Count;
        _output.Clear();
        return length;
    }
}
