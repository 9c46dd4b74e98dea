using System.Text;
using System.Text.Json.Nodes;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Locking;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

internal sealed class SnapshotWriterTests
{
    [Test]
    public void Document_is_libvirts_with_what_it_has_no_key_for_under_one_of_ours()
    {
        Assert.That(Encoding.UTF8.GetString(Samples.Write(Samples.Full)), Is.EqualTo(Samples.FullDocument + "\n"));
    }

    [Test]
    public void What_was_written_reads_back_the_same()
    {
        Snapshot? read = Snapshot.Read(Samples.Write(Samples.Full), Samples.Pid);

        Assert.That(SnapshotText.Of(read), Is.EqualTo(SnapshotText.Of(Samples.Full)));
    }

    [Test]
    public void Owner_of_many_leases_is_written_once()
    {
        Owner[] equal = [.. Enumerable.Range(0, 100).Select(_ => Samples.First with { })];
        Snapshot snapshot = WithResources(equal.Select((owner, i) => Exclusive(Encoding.UTF8.GetBytes($"/disk{i}"), owner)));

        JsonNode document = JsonNode.Parse(Samples.Write(snapshot))!;

        Assert.That(document["virtlock"]!["owners"]!.AsArray(), Has.Count.EqualTo(1));
    }

    [Test]
    public void Names_that_differ_only_in_what_is_not_utf8_differ_for_libvirt_too()
    {
        // The last one is what a name that is not UTF-8 might be called to set it apart.
        byte[][] names = [[0xFF], [0xFE], Encoding.UTF8.GetBytes("\uFFFD"), Encoding.UTF8.GetBytes("\uFFFD~1")];
        Snapshot snapshot = WithResources(names.Select(name => Exclusive(name, Samples.First)));

        byte[] document = Samples.Write(snapshot);

        IEnumerable<string> texts = JsonNode.Parse(document)!["defaultLockspace"]!["resources"]!.AsArray().Select(r => (string)r!["name"]!);
        Assert.That(texts, Is.Unique);
        Assert.That(
            Snapshot.Read(document, Samples.Pid)!.Default.Resources.Select(r => r.Name.Bytes.ToArray()), Is.EqualTo(names));
    }

    [Test]
    public void Directories_that_differ_only_in_what_is_not_utf8_differ_for_libvirt_too()
    {
        Snapshot snapshot = Samples.Full with
        {
            Directories = [new LockSpaceSnapshot(new FilePath([0xFF]), []), new LockSpaceSnapshot(new FilePath([0xFE]), [])],
        };

        JsonNode document = JsonNode.Parse(Samples.Write(snapshot))!;

        Assert.That(document["lockspaces"]!.AsArray().Select(space => (string)space!["directory"]!), Is.Unique);
    }

    [Test]
    public void Twenty_thousand_locks_on_long_paths_stay_below_what_libvirt_reads()
    {
        string directory = "/" + new string('d', 90) + "/";
        Snapshot snapshot = WithResources(
            Enumerable.Range(0, 20_000).Select(i => Exclusive(Encoding.UTF8.GetBytes($"{directory}{i:D8}"), Samples.First)));

        Assert.That(Samples.Write(snapshot), Has.Length.LessThan(Snapshot.LibvirtMaximumLength));
    }

    private static ResourceSnapshot Exclusive(byte[] name, Owner owner)
    {
        LeaseSnapshot[] leases = [new LeaseSnapshot(owner, Samples.Time(1795330340123))];
        return Samples.Resource(name, name, 10, LockMode.Exclusive, isAutocreated: false, LockKind.OpenFileDescription, leases) with
        {
            Identity = new FileIdentity(64_769, 1_234_567_890),
        };
    }

    private static Snapshot WithResources(IEnumerable<ResourceSnapshot> resources) =>
        Samples.Full with { Default = new LockSpaceSnapshot(null, [.. resources]) };
}
