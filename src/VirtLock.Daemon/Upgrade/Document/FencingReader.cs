using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Reads what is known of a process that is being ended.</summary>
internal static class FencingReader
{
    private const int Pid = 0;
    private const int OwnerPid = 1;
    private const int Elapsed = 2;
    private const int Killed = 3;

    private static readonly DocumentKeys Keys = new(
        4, DocumentKey.Pid, DocumentKey.OwnerPid, DocumentKey.ElapsedMilliseconds, DocumentKey.Killed, DocumentKey.Descriptor);

    internal static FencingSnapshot Read(ref DocumentCursor json)
    {
        var fencing = new FencingSnapshot { Descriptor = -1 };
        DocumentObject entered = json.EnterObject(Keys);
        while (json.NextKey(ref entered))
        {
            fencing = entered.Key switch
            {
                Pid => fencing with { Pid = new ProcessId(json.UInt32()) },
                OwnerPid => fencing with { Owner = new ProcessId(json.UInt32()) },
                Elapsed => fencing with { Elapsed = json.Duration() },
                Killed => fencing with { IsKilled = json.Boolean() },
                _ => fencing with { Descriptor = json.Descriptor() },
            };
        }

        return fencing;
    }
}
