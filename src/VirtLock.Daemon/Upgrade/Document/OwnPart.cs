using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

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
                        part.Fencings.Add(FencingReader.Read(ref json));
                    }

                    break;
                default:
                    json.EnterArray();
                    while (json.NextItem())
                    {
                        part.Owners.Add(OwnerReader.Read(ref json));
                    }

                    break;
            }
        }

        return part;
    }
}
