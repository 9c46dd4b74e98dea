namespace VirtLock.TestPeer.Roles;

/// <summary>Something that a process does over and over on a thread of its own, until it is told to stop or ends.</summary>
internal abstract class Repetition
{
    private readonly Thread _thread;
    private volatile bool _isStopped;

    protected Repetition() => _thread = new Thread(Repeat) { IsBackground = true };

    public void Start() => _thread.Start();

    /// <summary>Ends it, and says what came of it.</summary>
    public string Stop()
    {
        _isStopped = true;
        _thread.Join();
        return ToString()!;
    }

    protected abstract void DoOnce();

    private void Repeat()
    {
        while (!_isStopped)
        {
            DoOnce();
        }
    }
}
