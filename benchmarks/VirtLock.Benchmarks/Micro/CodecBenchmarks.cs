using BenchmarkDotNet.Attributes;
using VirtLock.Protocol;

namespace VirtLock.Benchmarks.Micro;

/// <summary>Bytes to messages and back.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private const int PipelinedRequests = 60;

    private readonly ByteQueue _output = new();
    private byte[] _pipelined = [];
    private PacketHeader _header;
    private byte[] _body = [];

    /// <summary>Encodes what is decoded.</summary>
    [GlobalSetup]
    public void Encode()
    {
        byte[] acquire = Requests.Acquire();
        _pipelined = [.. Enumerable.Repeat(acquire, PipelinedRequests).SelectMany(static bytes => bytes)];
        PacketFramer.TryRead(acquire, out _header, out ReadOnlySpan<byte> body, out _);
        _body = body.ToArray();
    }

    /// <summary>A whole ACQUIRE call.</summary>
    [Benchmark]
    public int EncodeAcquire()
    {
        CallWriter.Write(_output, LockProcedure.AcquireResource, serial: 2, new ResourceArguments(default, Requests.ImageName, flags: 0));
        return Drain();
    }

    /// <summary>The reply to a request that succeeded.</summary>
    [Benchmark]
    public int EncodeReply()
    {
        ReplyWriter.WriteVoid(_output, _header);
        return Drain();
    }

    /// <summary>The arguments of an ACQUIRE call.</summary>
    [Benchmark]
    public int DecodeAcquire() => ResourceArguments.TryDecode(_body, out ResourceArguments arguments) ? arguments.Name.Length : 0;

    /// <summary>As many packets as a turn of the loop reads; per packet.</summary>
    [Benchmark(OperationsPerInvoke = PipelinedRequests)]
    public int Frame()
    {
        ReadOnlySpan<byte> unread = _pipelined;
        int packets = 0;
        while (PacketFramer.TryRead(unread, out _, out _, out int consumed) == FrameStatus.Complete)
        {
            unread = unread[consumed..];
            packets++;
        }

        return packets;
    }

    private int Drain()
    {
        int count = _output.Count;
        _output.Clear();
        return count;
    }
}
