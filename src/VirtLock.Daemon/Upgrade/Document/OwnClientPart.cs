using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>What a document of ours says of a client beside what libvirt's says.</summary>
internal sealed class OwnClientPart
{
    internal static readonly OwnClientPart None = new();

    private const int Name = 0;
    private const int Peer = 1;
    private const int InputBytes = 2;

    private static readonly DocumentKeys Keys = new(
        0, DocumentKey.OwnerNameBytes, DocumentKey.Peer, DocumentKey.Input, DocumentKey.Output);

    /// <summary>The exact name of the owner, where it is not UTF-8.</summary>
    internal OwnerName? OwnerName { get; private set; }

    internal int PeerDescriptor { get; private set; } = -1;

    internal byte[] Input { get; private set; } = [];

    internal byte[] Output { get; private set; } = [];

    internal static OwnClientPart Read(ref DocumentCursor json)
    {
        var part = new OwnClientPart();
        DocumentObject own = json.EnterObject(Keys);
        while (json.NextKey(ref own))
        {
            switch (own.Key)
            {
                case Name:
                    part.OwnerName = new OwnerName(json.NameBytes());
                    break;
                case Peer:
                    part.PeerDescriptor = json.Descriptor();
                    break;
                case InputBytes:
                    part.Input = json.Base64Bytes();
                    break;
                default:
                    part.Output = json.Base64Bytes();
                    break;
            }
        }

        return part;
    }
}
