using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>
/// A client that always has three requests under way, whose answers it knows beforehand. Each reply is checked: that it comes, in its turn,
/// and says what it must.
/// </summary>
internal sealed class BusyClient : IDisposable
{
    private const int InFlight = 3;

    /// <summary>One cycle in so many asks for what must be refused: the daemon logs each refusal.</summary>
    private const int RefusedEvery = 32;

    private readonly WireClient _client;
    private readonly List<(WireFrame Request, bool IsGranted)> _cycle = [];
    private readonly Thread _thread;
    private volatile bool _mustStop;
    private Exception? _failure;
    private long _answered;

    /// <param name="daemon">Whom to ask.</param>
    /// <param name="pid">The owner that it claims to act for.</param>
    /// <param name="heldByOther">A file that somebody else holds throughout.</param>
    public BusyClient(UpgradableDaemon daemon, uint pid, string heldByOther)
    {
        string first = daemon.NewFile($"busy{pid}a");
        string second = daemon.NewFile($"busy{pid}b");
        _client = daemon.ConnectAs(pid);
        for (int i = 0; i < RefusedEvery; i++)
        {
            _cycle.Add((Request(LockProcedure.AcquireResource, first), true));
            _cycle.Add((Request(LockProcedure.AcquireResource, second), true));
            _cycle.Add((Request(LockProcedure.ReleaseResource, first), true));
            _cycle.Add((Request(LockProcedure.ReleaseResource, second), true));
        }

        _cycle.Insert(1, (Request(LockProcedure.AcquireResource, heldByOther), false));
        _cycle.Insert(2, (Request(LockProcedure.ReleaseResource, second), false));
        _thread = new Thread(Work) { IsBackground = true };
    }

    public long Answered => Interlocked.Read(ref _answered);

    public void Start() => _thread.Start();

    /// <summary>Has it finish its cycle, wait for what is under way, and tell what went wrong.</summary>
    public void Stop()
    {
        _mustStop = true;
        Assert.That(_thread.Join(TimeSpan.FromSeconds(30)), Is.True, "a busy client still waits");
        Assert.That(_failure, Is.Null);
    }

    public void Dispose()
    {
        _mustStop = true;
        _client.Dispose();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    private static WireFrame Request(LockProcedure procedure, string path) =>
        WireFrame.Call(procedure, new WireBody().Text("").Text(path).UInt(0));

    private void Work()
    {
        try
        {
            uint sent = 0;
            uint answered = 0;
            while (answered < sent || !_mustStop || sent % _cycle.Count != 0)
            {
                while (sent - answered < InFlight && (!_mustStop || sent % _cycle.Count != 0))
                {
                    _client.Send(_cycle[(int)(sent % _cycle.Count)].Request with { Serial = sent });
                    sent++;
                }

                Check(_client.ReadReply(), answered);
                answered++;
                Interlocked.Increment(ref _answered);
            }
        }
        catch (Exception failure)
        {
            // Told to the test, on its own thread, by Stop.
            _failure = failure;
        }
    }

    private void Check(WireReply reply, uint serial)
    {
        (WireFrame request, bool isGranted) = _cycle[(int)(serial % _cycle.Count)];
        if (reply.Serial != serial || reply.Procedure != request.Procedure || reply.IsOk != isGranted)
        {
            throw new InvalidDataException(
                $"Request {serial} (procedure {request.Procedure}) should be {(isGranted ? "granted" : "refused")}; "
                + $"the answer is {reply}.");
        }
    }
}
