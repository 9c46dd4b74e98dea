using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>What a document says of a client that only clients of the lock server have.</summary>
/// <param name="IsRestricted">Whether the client may do nothing more.</param>
/// <param name="Owner">Null when the client never registered.</param>
internal readonly record struct LockClientPart(bool IsRestricted, Owner? Owner)
{
    private const int Restricted = 0;
    private const int Pid = 1;
    private const int Id = 2;
    private const int Name = 3;

    private static readonly DocumentKeys Keys = new(
        5, DocumentKey.Restricted, DocumentKey.OwnerPid, DocumentKey.OwnerId, DocumentKey.OwnerName, DocumentKey.OwnerUuid);

    internal static LockClientPart Read(ref DocumentCursor json)
    {
        bool isRestricted = false;
        uint pid = 0;
        uint id = 0;
        OwnerName name = default;
        Guid uuid = default;
        DocumentObject part = json.EnterObject(Keys);
        while (json.NextKey(ref part))
        {
            switch (part.Key)
            {
                case Restricted:
                    isRestricted = json.Boolean();
                    break;
                case Pid:
                    pid = json.UInt32();
                    break;
                case Id:
                    id = json.UInt32();
                    break;
                case Name:
                    name = new OwnerName(json.Text());
                    break;
                default:
                    uuid = json.Uuid();
                    break;
            }
        }

        // By its id libvirt's daemon too tells whether a client has registered.
        return new LockClientPart(isRestricted, id == 0 ? null : new Owner(new ProcessId(pid), name, id, uuid));
    }
}
