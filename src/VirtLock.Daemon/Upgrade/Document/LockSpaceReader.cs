using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Reads lock spaces.</summary>
internal sealed class LockSpaceReader(OwnerTable owners)
{
    private const int Resources = 0;
    private const int Directory = 1;

    private static readonly DocumentKeys SpaceKeys = new(1, DocumentKey.Resources, DocumentKey.Directory, DocumentKey.VirtLock);

    private static readonly DocumentKeys OwnKeys = new(0, DocumentKey.DirectoryBytes);

    private readonly ResourceReader _resources = new(owners);

    internal LockSpaceSnapshot ReadDefault(ref DocumentCursor json) => Read(ref json) with { Directory = null };

    /// <summary>
    /// Reads the directory spaces. One without a directory, or with that of an earlier one, is left out as libvirt's daemon leaves it out: nothing could
    /// ever reach it.
    /// </summary>
    internal List<LockSpaceSnapshot> ReadDirectories(ref DocumentCursor json)
    {
        var spaces = new List<LockSpaceSnapshot>();
        var known = new HashSet<FilePath>();
        json.EnterArray();
        while (json.NextItem())
        {
            LockSpaceSnapshot space = Read(ref json);
            if (space.Directory is { } directory && known.Add(directory))
            {
                spaces.Add(space);
            }
        }

        return spaces;
    }

    private LockSpaceSnapshot Read(ref DocumentCursor json)
    {
        FilePath? text = null;
        FilePath? exact = null;
        List<ResourceSnapshot> resources = [];
        DocumentObject space = json.EnterObject(SpaceKeys);
        while (json.NextKey(ref space))
        {
            switch (space.Key)
            {
                case Resources:
                    resources = _resources.ReadAll(ref json);
                    break;
                case Directory:
                    text = json.IsNull ? default(FilePath?) : new FilePath(json.Text());
                    break;
                default:
                    DocumentObject own = json.EnterObject(OwnKeys);
                    while (json.NextKey(ref own))
                    {
                        exact = new FilePath(json.NameBytes());
                    }

                    break;
            }
        }

        return new LockSpaceSnapshot(exact ?? text, resources);
    }
}
