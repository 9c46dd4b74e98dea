using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Reads an owner of the list that leases refer to.</summary>
internal static class OwnerReader
{
    private const int Pid = 0;
    private const int Id = 1;
    private const int Name = 2;
    private const int Uuid = 3;

    private static readonly DocumentKeys Keys = new(
        4, DocumentKey.Pid, DocumentKey.Id, DocumentKey.Name, DocumentKey.Uuid, DocumentKey.NameBytes);

    internal static Owner Read(ref DocumentCursor json)
    {
        uint pid = 0;
        uint id = 0;
        OwnerName text = default;
        OwnerName? exact = null;
        Guid uuid = default;
        DocumentObject entered = json.EnterObject(Keys);
        while (json.NextKey(ref entered))
        {
            switch (entered.Key)
            {
                case Pid:
                    pid = json.UInt32();
                    break;
                case Id:
                    id = json.UInt32();
                    break;
                case Name:
                    text = new OwnerName(json.Text());
                    break;
                case Uuid:
                    uuid = json.Uuid();
                    break;
                default:
                    exact = new OwnerName(json.NameBytes());
                    break;
            }
        }

        return new Owner(new ProcessId(pid), exact ?? text, id, uuid);
    }
}
