using System.Text;
using System.Text.Json.Nodes;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Locking;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>What libvirt's daemon left, in each layout that it ever had.</summary>
internal sealed class LibvirtDocumentTests
{
    [Test]
    public void Servers_clients_and_spaces_are_taken_over()
    {
        Snapshot read = Samples.Read(LibvirtDocuments.TwoClients)!;

        Assert.That(SnapshotText.Of(read), Is.EqualTo(SnapshotText.Of(TwoClients)));
    }

    [Test]
    public void Lease_whose_client_is_gone_keeps_its_bare_pid()
    {
        Snapshot read = Snapshot.Read(Encoding.UTF8.GetBytes(LibvirtDocuments.OddNames), 23352)!;

        ResourceSnapshot autocreated = read.Directories[0].Resources[0];
        Assert.That(autocreated.Leases, Is.EqualTo([new LeaseSnapshot(Owner.OfPid(new ProcessId(77)), null)]));
        Assert.That(autocreated.IsAutocreated);
    }

    [Test]
    public void Pid_that_libvirt_took_for_negative_is_found_again()
    {
        Snapshot read = Snapshot.Read(Encoding.UTF8.GetBytes(LibvirtDocuments.OddNames), 23352)!;

        ClientSnapshot client = read.Servers[1].Clients[0];
        Assert.That(client.Owner!.Pid, Is.EqualTo(new ProcessId(uint.MaxValue)));
        Assert.That(client.Owner.Name, Is.EqualTo(new OwnerName("web ü\"\\/")));
        Assert.That(read.Default.Resources[0].Leases[0].Owner, Is.EqualTo(client.Owner));
    }

    [Test]
    public void Escaped_names_are_read_as_they_are_on_disk()
    {
        Snapshot read = Snapshot.Read(Encoding.UTF8.GetBytes(LibvirtDocuments.OddNames), 23352)!;

        Assert.That(
            read.Default.Resources.Select(resource => resource.Path),
            Is.EquivalentTo(
            [
                new FilePath("/run/img/büro \"1\".img"),
                new FilePath("/run/img/tab\there\\n.img"),
                new FilePath("/run/img/plain.img"),
                new FilePath("/run/img/世🔒.img"),
            ]));
    }

    [Test]
    public void Lone_server_in_an_array_is_the_lock_server() => AssertOlderLayout(
        document => document["daemon"]!["servers"] = new JsonArray(TakeLockServer(document)));

    [Test]
    public void Daemon_without_servers_is_the_lock_server() => AssertOlderLayout(
        document => document["daemon"] = TakeLockServer(document));

    [Test]
    public void Server_without_a_daemon_is_the_lock_server() => AssertOlderLayout(document =>
    {
        document["server"] = TakeLockServer(document);
        document.Remove("daemon");
    });

    [Test]
    public void Server_beside_a_daemon_is_not_looked_at() => AssertReads(document => document["server"] = 1);

    [Test]
    public void Keys_may_come_in_any_order() => AssertReads(document =>
    {
        foreach (string key in document.Select(pair => pair.Key).ToArray().Reverse())
        {
            JsonNode? value = document[key];
            document.Remove(key);
            document.Add(key, value);
        }
    });

    [Test]
    public void Unknown_keys_are_passed_over_wherever_they_stand() => AssertReads(document =>
    {
        foreach (JsonObject target in Documents.Objects(document).Where(target => target["virtlockd"] is null))
        {
            target.Insert(0, "later", JsonNode.Parse("""{"fd":[1,{"fd":null}],"magic":1}"""));
        }
    });

    [Test]
    public void Minus_one_is_accepted_for_no_keepalive() => AssertReads(
        document => LockServer(document)["keepaliveInterval"] = -1);

    [Test]
    public void Document_without_an_admin_server_gives_none()
    {
        JsonObject document = Documents.Parse(LibvirtDocuments.TwoClients);
        document["daemon"]!["servers"]!.AsObject().Remove("admin");

        Assert.That(Samples.Read(document.ToJsonString())!.Servers.Select(server => server.Name), Is.EqualTo(["virtlockd"]));
    }

    [Test]
    public void Next_client_gets_a_number_above_all_others_when_the_document_does_not_say_which()
    {
        JsonObject document = Documents.Parse(LibvirtDocuments.TwoClients);
        LockServer(document).Remove("next_client_id");
        LockServer(document)["clients"]![0]!["id"] = 77;

        Assert.That(Samples.Read(document.ToJsonString())!.Servers[1].NextClientId, Is.EqualTo(78));
    }

    [Test]
    public void Optional_keys_have_libvirts_defaults()
    {
        JsonObject document = Documents.Parse(LibvirtDocuments.TwoClients);
        LockServer(document).Remove("max_anonymous_clients");
        LockServer(document).Remove("next_client_id");
        LockServer(document)["services"]![0]!["socks"]![0]!.AsObject().Remove("unlinkUNIX");
        foreach (JsonNode? client in LockServer(document)["clients"]!.AsArray())
        {
            client!.AsObject().Remove("id");
            client.AsObject().Remove("conn_time");
            client.AsObject().Remove("auth_pending");
        }

        ServerSnapshot server = Samples.Read(document.ToJsonString())!.Servers[1];

        Assert.That(server.MaximumAnonymousClients, Is.EqualTo(1024));
        Assert.That(server.Listeners, Is.EqualTo([new ListenerSnapshot(4, IsOwn: true)]));
        Assert.That(server.Clients.Select(client => client.Id), Is.EqualTo([1UL, 2UL]));
        Assert.That(server.NextClientId, Is.EqualTo(3));
        Assert.That(server.Clients[0].ConnectedAt, Is.EqualTo(DateTimeOffset.UnixEpoch));
    }

    [Test]
    public void Clients_with_one_number_are_told_apart()
    {
        JsonObject document = Documents.Parse(LibvirtDocuments.TwoClients);
        LockServer(document)["clients"]![1]!["id"] = 1;

        ServerSnapshot server = Samples.Read(document.ToJsonString())!.Servers[1];

        Assert.That(server.Clients.Select(client => client.Id), Is.EqualTo([1UL, 3UL]));
        Assert.That(server.NextClientId, Is.EqualTo(4));
    }

    [TestCase("00010203040546078809-0a0b0c0d0e0f")]
    [TestCase("00010203-0405-4607-8809-0A0B0C0D0E0F")]
    [TestCase(" 0001-0203-04--05-4607-8809-0a0b0c0d0e0f  ")]
    public void Uuid_may_be_written_in_every_way_that_libvirt_reads(string uuid) => AssertReads(
        document => LockServer(document)["clients"]![0]!["privateData"]!["ownerUUID"] = uuid);

    /// <summary>Whether the lock is held is asked of the kernel, whatever libvirt's daemon believed.</summary>
    [Test]
    public void Lock_that_libvirt_does_not_take_for_held_is_read_as_any_other() => AssertReads(
        document => document["defaultLockspace"]!["resources"]![0]!["lockHeld"] = false);

    [Test]
    public void Second_space_of_a_directory_and_one_without_are_left_out() => AssertReads(document =>
    {
        JsonArray spaces = document["lockspaces"]!.AsArray();
        spaces.Add(JsonNode.Parse("""{"directory":"/var/lib/demo/locks","resources":[]}"""));
        spaces.Add(JsonNode.Parse("""{"resources":[]}"""));
        spaces.Add(JsonNode.Parse("""{"directory":null,"resources":[]}"""));
    });

    [Test]
    public void Document_of_another_process_is_none_whatever_else_is_in_it()
    {
        Assert.That(Snapshot.Read(Encoding.UTF8.GetBytes(LibvirtDocuments.TwoClients), 1), Is.Null);
        Assert.That(Samples.Read("""{"magic":"02023","daemon":7}"""), Is.Null);
    }

    private static Snapshot TwoClients
    {
        get
        {
            var first = new Owner(new ProcessId(2066), new OwnerName("demoA"), 1, Guid.Parse("00010203-0405-4607-8809-0a0b0c0d0e0f"));
            var second = new Owner(new ProcessId(4242), new OwnerName("demoB"), 2, Guid.Parse("10111213-1415-4617-9819-1a1b1c1d1e1f"));
            var connectedAt = DateTimeOffset.FromUnixTimeSeconds(1795330340);
            return new Snapshot
            {
                Pid = 2023,
                IsFromLibvirt = true,
                Servers =
                [
                    Samples.AdminServer,
                    new ServerSnapshot
                    {
                        Name = "virtlockd",
                        MaximumClients = 1024,
                        MaximumAnonymousClients = 1024,
                        NextClientId = 3,
                        Listeners = [new ListenerSnapshot(4, IsOwn: true)],
                        Clients =
                        [
                            new ClientSnapshot { Id = 1, Descriptor = 9, ConnectedAt = connectedAt, IsRestricted = true, Owner = first },
                            new ClientSnapshot { Id = 2, Descriptor = 15, ConnectedAt = connectedAt, Owner = second },
                        ],
                    },
                ],
                Default = new LockSpaceSnapshot(
                    null,
                    [
                        Held("/var/lib/demo/disk2.img", "/var/lib/demo/disk2.img", 12, LockMode.Shared, false, first, second),
                        Held("/var/lib/demo/disk1.img", "/var/lib/demo/disk1.img", 11, LockMode.Exclusive, false, first),
                    ]),
                Directories =
                [
                    new LockSpaceSnapshot(
                        new FilePath("/var/lib/demo/locks"),
                        [
                            Held("file-a", "/var/lib/demo/locks/file-a", 13, LockMode.Exclusive, true, first),
                            Held("file-shared", "/var/lib/demo/locks/file-shared", 14, LockMode.Shared, true, first, second),
                        ]),
                ],
            };
        }
    }

    private static ResourceSnapshot Held(
        string name, string path, int descriptor, LockMode mode, bool isAutocreated, params Owner[] owners) =>
        Samples.Resource(
            Encoding.UTF8.GetBytes(name),
            Encoding.UTF8.GetBytes(path),
            descriptor,
            mode,
            isAutocreated,
            LockKind.Posix,
            [.. owners.Select(owner => new LeaseSnapshot(owner, null))]);

    private static void AssertReads(Action<JsonObject> change)
    {
        JsonObject document = Documents.Parse(LibvirtDocuments.TwoClients);
        change(document);
        Snapshot read = Samples.Read(document.ToJsonString())!;

        // Servers come in the document's order, which is not part of what they are.
        read = read with { Servers = [.. read.Servers.OrderBy(server => server.Name, StringComparer.Ordinal)] };
        Assert.That(SnapshotText.Of(read), Is.EqualTo(SnapshotText.Of(TwoClients)));
    }

    private static void AssertOlderLayout(Action<JsonObject> change)
    {
        JsonObject document = Documents.Parse(LibvirtDocuments.TwoClients);
        change(document);

        Snapshot expected = TwoClients with { Servers = [TwoClients.Servers[1]] };
        Assert.That(SnapshotText.Of(Samples.Read(document.ToJsonString())), Is.EqualTo(SnapshotText.Of(expected)));
    }

    private static JsonObject LockServer(JsonObject document) => document["daemon"]!["servers"]!["virtlockd"]!.AsObject();

    private static JsonObject TakeLockServer(JsonObject document) => LockServer(document).DeepClone().AsObject();
}
