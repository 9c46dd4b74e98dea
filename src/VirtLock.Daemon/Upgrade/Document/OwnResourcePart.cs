using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>What a document of ours says of a resource beside what libvirt's says; one instance serves for one resource after the other.</summary>
internal sealed class OwnResourcePart
{
    private const int KindName = 0;
    private const int LeaseList = 1;
    private const int NameBytes = 2;

    private static readonly DocumentKeys Keys = new(
        2, DocumentKey.Kind, DocumentKey.Leases, DocumentKey.NameBytes, DocumentKey.PathBytes);

    /// <summary>POSIX locks are the only ones that libvirt's daemon takes.</summary>
    internal LockKind Kind { get; private set; }

    /// <summary>The exact name, where it is not UTF-8.</summary>
    internal ResourceName? Name { get; private set; }

    /// <summary>The exact path, where it is not UTF-8.</summary>
    internal FilePath? Path { get; private set; }

    /// <summary>The number of each lease's owner, and when it was acquired.</summary>
    internal List<(int Owner, DateTimeOffset? AcquiredAt)> Leases { get; } = [];

    internal void Clear()
    {
        Kind = LockKind.Posix;
        Name = null;
        Path = null;
        Leases.Clear();
    }

    internal void Read(ref DocumentCursor json)
    {
        DocumentObject own = json.EnterObject(Keys);
        while (json.NextKey(ref own))
        {
            switch (own.Key)
            {
                case KindName:
                    Kind = ReadKind(ref json);
                    break;
                case LeaseList:
                    json.EnterArray();
                    while (json.NextItem())
                    {
                        int owner = json.Index();
                        json.NextItem();
                        Leases.Add((owner, json.IsNull ? null : json.MillisecondsSinceEpoch()));
                    }

                    break;
                case NameBytes:
                    Name = new ResourceName(json.NameBytes());
                    break;
                default:
                    Path = new FilePath(json.NameBytes());
                    break;
            }
        }
    }

    private static LockKind ReadKind(ref DocumentCursor json)
    {
        ReadOnlySpan<byte> text = json.Text();
        if (text.SequenceEqual(LockKindText.OpenFileDescription.EncodedUtf8Bytes))
        {
            return LockKind.OpenFileDescription;
        }

        return text.SequenceEqual(LockKindText.Posix.EncodedUtf8Bytes) ? LockKind.Posix : throw json.Fail("must be ofd or posix");
    }
}
