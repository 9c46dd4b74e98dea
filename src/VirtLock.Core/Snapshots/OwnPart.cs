using VirtLock.Locking;

namespace VirtLock.Snapshots;

/// <summary>What a document of ours says at its top beside what libvirt's says.</summary>
internal sealed class OwnPart
{
    internal static readonly OwnPart None = new();

    private const int PidFile = 0;
    private const int Idle = 1;
    private const int FencingList = 2;

    private static readonly DocumentKeys Keys = new(
        0, DocumentKey.PidFile, DocumentKey.IdleMilliseconds, DocumentKey.Fencings, DocumentKey.Owners);

    internal int PidFileDescriptor { get; private set; } = -1;

    internal TimeSpan? IdleFor { get; private set; }

    internal List<FencingSnapshot> Fencings { get; } = [];

    /// <summary>Whom leases refer to by number.</summary>
    internal List<Owner> Owners { get; } = [];

    internal static OwnPart Read(ref DocumentCursor json)
    {
        var part = new OwnPart();
        DocumentObject entered = json.EnterObject(Keys);
        while (json.NextKey(ref entered))
        {
            switch (entered.Key)
            {
                case PidFile:
                    part.PidFileDescriptor = json.Descriptor();
                    break;
                case Idle:
                    part.IdleFor = json.Duration();
                    break;
                case FencingList:
                    json.EnterArray();
                    while (json.NextItem())
                    {
                        part.Fencings.Add(ReadFencing(ref json));
                    }

                    break;
                default:
                    json.EnterArray();
                    while (json.NextItem())
                    {
                        part.Owners.Add(ReadOwner(ref json));
                    }

                    break;
            }
        }

        return part;
    }

    private static class Fencing
    {
        internal const int Pid = 0;
        internal const int OwnerPid = 1;
        internal const int Elapsed = 2;
        internal const int Killed = 3;

        internal static readonly DocumentKeys Keys = new(
            4, DocumentKey.Pid, DocumentKey.OwnerPid, DocumentKey.ElapsedMilliseconds, DocumentKey.Killed, DocumentKey.Descriptor);
    }

    private static FencingSnapshot ReadFencing(ref DocumentCursor json)
    {
        var fencing = new FencingSnapshot { Descriptor = -1 };
        DocumentObject entered = json.EnterObject(Fencing.Keys);
        while (json.NextKey(ref entered))
        {
            fencing = entered.Key switch
            {
                Fencing.Pid => fencing with { Pid = new ProcessId(json.UInt32()) },
                Fencing.OwnerPid => fencing with { Owner = new ProcessId(json.UInt32()) },
                Fencing.Elapsed => fencing with { Elapsed = json.Duration() },
                Fencing.Killed => fencing with { IsKilled = json.Boolean() },
                _ => fencing with { Descriptor = json.Descriptor() },
            };
        }

        return fencing;
    }

    private static class OwnerKey
    {
        internal const int Pid = 0;
        internal const int Id = 1;
        internal const int Name = 2;
        internal const int Uuid = 3;

        internal static readonly DocumentKeys Keys = new(
            4, DocumentKey.Pid, DocumentKey.Id, DocumentKey.Name, DocumentKey.Uuid, DocumentKey.NameBytes);
    }

    private static Owner ReadOwner(ref DocumentCursor json)
    {
        uint pid = 0;
        uint id = 0;
        ResourceName text = default;
        ResourceName? exact = null;
        Guid uuid = default;
        DocumentObject entered = json.EnterObject(OwnerKey.Keys);
        while (json.NextKey(ref entered))
        {
            switch (entered.Key)
            {
                case OwnerKey.Pid:
                    pid = json.UInt32();
                    break;
                case OwnerKey.Id:
                    id = json.UInt32();
                    break;
                case OwnerKey.Name:
                    text = new ResourceName(json.Text());
                    break;
                case OwnerKey.Uuid:
                    uuid = json.Uuid();
                    break;
                default:
                    exact = new ResourceName(json.NameBytes());
                    break;
            }
        }

        return new Owner(new ProcessId(pid), exact ?? text, id, uuid);
    }
}
