using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using VirtLock.Daemon.Upgrade.Document;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

internal sealed class SnapshotPropertyTests
{
    [Test]
    public void Any_snapshot_reads_back_as_it_was_written() =>
        Prop.ForAll(SnapshotGenerators.Snapshot.ToArbitrary(), snapshot =>
        {
            Assert.That(
                SnapshotText.Of(Snapshot.Read(Samples.Write(snapshot), Samples.Pid)), Is.EqualTo(SnapshotText.Of(snapshot)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Test]
    public void Any_snapshot_names_no_resource_twice_for_libvirt() =>
        Prop.ForAll(SnapshotGenerators.Snapshot.ToArbitrary(), snapshot =>
        {
            JsonNode document = JsonNode.Parse(Samples.Write(snapshot))!;
            foreach (JsonObject space in Documents.Objects(document).Where(node => node["resources"] is not null))
            {
                Assert.That(space["resources"]!.AsArray().Select(resource => (string)resource!["name"]!), Is.Unique);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
}
