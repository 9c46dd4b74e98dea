using System.Text;
using System.Text.Json.Nodes;
using VirtLock.Daemon.Upgrade.Document;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>Documents that libvirt 9.0.0 refuses, and what is wrong in ours alone.</summary>
internal sealed class RefusedDocumentTests
{
    private const string Server = "daemon.servers.virtlockd";
    private const string Client = "daemon.servers.virtlockd.clients[0]";
    private const string Resource = "defaultLockspace.resources[1]";

    [TestCase("defaultLockspace")]
    [TestCase("lockspaces")]
    [TestCase("daemon")]
    [TestCase("magic")]
    [TestCase("daemon.servers.virtlockd")]
    [TestCase($"{Server}.min_workers")]
    [TestCase($"{Server}.max_workers")]
    [TestCase($"{Server}.priority_workers")]
    [TestCase($"{Server}.max_clients")]
    [TestCase($"{Server}.keepaliveInterval")]
    [TestCase($"{Server}.keepaliveCount")]
    [TestCase($"{Server}.services")]
    [TestCase($"{Server}.clients")]
    [TestCase($"{Server}.services[0].auth")]
    [TestCase($"{Server}.services[0].readonly")]
    [TestCase($"{Server}.services[0].nrequests_client_max")]
    [TestCase($"{Server}.services[0].socks")]
    [TestCase($"{Server}.services[0].socks[0].fd")]
    [TestCase($"{Server}.services[0].socks[0].errfd")]
    [TestCase($"{Server}.services[0].socks[0].pid")]
    [TestCase($"{Server}.services[0].socks[0].isClient")]
    [TestCase($"{Client}.auth")]
    [TestCase($"{Client}.readonly")]
    [TestCase($"{Client}.nrequests_max")]
    [TestCase($"{Client}.sock")]
    [TestCase($"{Client}.sock.fd")]
    [TestCase($"{Client}.sock.errfd")]
    [TestCase($"{Client}.sock.pid")]
    [TestCase($"{Client}.sock.isClient")]
    [TestCase($"{Client}.privateData")]
    [TestCase($"{Client}.privateData.restricted")]
    [TestCase($"{Client}.privateData.ownerPid")]
    [TestCase($"{Client}.privateData.ownerId")]
    [TestCase($"{Client}.privateData.ownerName")]
    [TestCase($"{Client}.privateData.ownerUUID")]
    [TestCase("defaultLockspace.resources")]
    [TestCase("lockspaces[0].resources")]
    [TestCase($"{Resource}.name")]
    [TestCase($"{Resource}.path")]
    [TestCase($"{Resource}.fd")]
    [TestCase($"{Resource}.lockHeld")]
    [TestCase($"{Resource}.flags")]
    [TestCase($"{Resource}.owners")]
    public void Mandatory_key_that_is_missing_is_named(string path)
    {
        JsonObject document = Documents.Parse(LibvirtDocuments.TwoClients);
        int end = path.LastIndexOf('.');
        JsonNode parent = end < 0 ? document : Documents.At(document, path[..end]);
        Assert.That(parent.AsObject().Remove(path[(end + 1)..]));

        AssertRefused(document.ToJsonString(), $"{path} is missing.");
    }

    [TestCase("magic", "2023", "must be a text")]
    [TestCase("daemon", "null", "must be an object")]
    [TestCase("daemon.servers", "null", "must be an array")]
    [TestCase("daemon.servers", "[]", "must hold exactly one server")]
    [TestCase("lockspaces", "{}", "must be an array")]
    [TestCase("lockspaces[0]", "1", "must be an object")]
    [TestCase("defaultLockspace", "null", "must be an object")]
    [TestCase($"{Server}.services", "{}", "must be an array")]
    [TestCase($"{Server}.clients", "null", "must be an array")]
    [TestCase($"{Server}.max_anonymous_clients", "1025", "must not be greater than max_clients")]
    [TestCase($"{Server}.max_clients", "\"1024\"", "must be a whole number from 0 to 4294967295")]
    [TestCase($"{Server}.max_clients", "4294967296", "must be a whole number from 0 to 4294967295")]
    [TestCase($"{Server}.keepaliveCount", "0.0", "must be a whole number from 0 to 4294967295")]
    [TestCase($"{Server}.services[0].readonly", "0", "must be true or false")]
    [TestCase($"{Client}.id", "18446744073709551616", "must be a whole number from 0 to 18446744073709551615")]
    [TestCase($"{Client}.conn_time", "\"5\"", "must be a whole number from -62135596800 to 253402300799")]
    [TestCase($"{Client}.auth_pending", "true", "must not be true where auth is 0")]
    [TestCase($"{Client}.sock.fd", "-1", "must be a whole number from 0 to 2147483647")]
    [TestCase($"{Client}.privateData", "null", "must be an object")]
    [TestCase($"{Client}.privateData.restricted", "\"x\"", "must be true or false")]
    [TestCase($"{Client}.privateData.ownerPid", "4294967296", "must be a whole number from 0 to 4294967295")]
    [TestCase($"{Client}.privateData.ownerName", "null", "must be a text")]
    [TestCase($"{Client}.privateData.ownerUUID", "\"000-102030405460788090a0b0c0d0e0f\"", "must be a UUID")]
    [TestCase($"{Client}.privateData.ownerUUID", "\"0001\"", "must be a UUID")]
    [TestCase($"{Client}.privateData.ownerUUID", "\"00010203-0405-4607-8809-0a0b0c0d0e0fff\"", "must be a UUID")]
    [TestCase($"{Resource}.name", "null", "must be a text")]
    [TestCase($"{Resource}.path", "null", "must be a text")]
    [TestCase($"{Resource}.fd", "2147483648", "must be a whole number from 0 to 2147483647")]
    [TestCase($"{Resource}.fd", "-1", "must be a whole number from 0 to 2147483647")]
    [TestCase($"{Resource}.lockHeld", "1", "must be true or false")]
    [TestCase($"{Resource}.flags", "4294967296", "must be a whole number from 0 to 4294967295")]
    [TestCase($"{Resource}.flags", "2e0", "must be a whole number from 0 to 4294967295")]
    public void Value_that_libvirt_refuses_is_named(string path, string value, string complaint)
    {
        AssertRefused(Replace(LibvirtDocuments.TwoClients, path, value), $"{path} {complaint}.");
    }

    [TestCase("\"7\"")]
    [TestCase("18446744073709551616")]
    public void Owner_that_is_no_whole_number_is_named(string owner) => AssertRefused(
        Replace(LibvirtDocuments.TwoClients, $"{Resource}.owners", $"[2066,{owner}]"),
        $"{Resource}.owners[1] must be a whole number from -9223372036854775808 to 18446744073709551615.");

    [Test]
    public void Two_servers_in_an_array_are_refused()
    {
        JsonObject document = Documents.Parse(LibvirtDocuments.TwoClients);
        string server = document["daemon"]!["servers"]!["virtlockd"]!.ToJsonString();
        document["daemon"]!["servers"] = JsonNode.Parse($"[{server},{server}]");

        AssertRefused(document.ToJsonString(), "daemon.servers must hold exactly one server.");
    }

    [Test]
    public void Server_of_another_daemon_is_refused()
    {
        JsonObject document = Documents.Parse(LibvirtDocuments.TwoClients);
        document["daemon"]!["servers"]!["virtlogd"] = new JsonObject();

        AssertRefused(document.ToJsonString(), "daemon.servers.virtlogd is not known.");
    }

    [Test]
    public void Resource_that_is_there_twice_is_refused()
    {
        JsonObject document = Documents.Parse(LibvirtDocuments.TwoClients);
        JsonArray resources = document["defaultLockspace"]!["resources"]!.AsArray();
        resources.Add(resources[0]!.DeepClone());

        AssertRefused(document.ToJsonString(), "defaultLockspace.resources[2] has the name of an earlier one.");
    }

    [TestCase("\"magic\": \"2023\"", "\"magic\": \"2023\", \"magic\": \"2023\"", "magic is there twice.")]
    [TestCase("\"fd\": 11", "\"fd\": 11, \"fd\": 11", $"{Resource}.fd is there twice.")]
    [TestCase("\"demoA\"", "\"demo\\ud800\"", $"{Client}.privateData.ownerName must not escape half a surrogate pair.")]
    public void Text_that_is_json_and_yet_wrong_is_refused(string old, string replacement, string complaint) => AssertRefused(
        LibvirtDocuments.TwoClients.Replace(old, replacement, StringComparison.Ordinal), complaint);

    /// <summary>libvirt's daemon reads up to the NUL, which would lock something else than the name says.</summary>
    [Test]
    public void Name_with_a_nul_is_refused_though_libvirt_cuts_it_short() => AssertRefused(
        Replace(LibvirtDocuments.TwoClients, $"{Resource}.name", "\"/a\\u0000b\""), $"{Resource}.name must not contain NUL.");

    /// <summary>libvirt's daemon takes it for a space without a directory, and drops its locks.</summary>
    [Test]
    public void Directory_that_is_no_text_is_refused_though_libvirt_passes_over_it() => AssertRefused(
        Replace(LibvirtDocuments.TwoClients, "lockspaces[0].directory", "5"), "lockspaces[0].directory must be a text.");

    /// <summary>libvirt's daemon would crash for want of a server.</summary>
    [Test]
    public void Document_without_a_lock_server_is_refused_where_libvirt_crashes() => AssertRefused(
        Replace(LibvirtDocuments.TwoClients, "daemon.servers", "{}"), "daemon.servers.virtlockd is missing.");

    [TestCase("")]
    [TestCase("  \n")]
    [TestCase("{\"magic\"")]
    [TestCase("\uFEFF{\"magic\":\"1\"}")]
    [TestCase("{\"magic\":\"1\"}x")]
    [TestCase("{\"magic\":\"1\"}{}")]
    [TestCase("{\"magic\":\"1\",}")]
    [TestCase("{/**/\"magic\":\"1\"}")]
    [TestCase("{\"magic\":\"1\u0001\"}")]
    public void What_is_no_json_is_refused(string document)
    {
        Assert.That(() => Samples.Read(document), Throws.TypeOf<SnapshotFormatException>().With.Message.Contains("is not JSON from line"));
    }

    [Test]
    public void Document_that_is_no_object_is_refused() => AssertRefused("[1]", "The document must be an object.");

    [Test]
    public void Deep_nesting_is_refused_though_libvirt_bears_it()
    {
        string nested = new string('[', 1000) + new string(']', 1000);

        Assert.That(() => Samples.Read($$"""{"later":{{nested}},"magic":"1"}"""), Throws.TypeOf<SnapshotFormatException>());
    }

    [Test]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        byte[] document = Encoding.Latin1.GetBytes(LibvirtDocuments.TwoClients.Replace("demoA", "demo\u00FF", StringComparison.Ordinal));

        Assert.That(
            () => Snapshot.Read(document, Samples.Pid),
            Throws.TypeOf<SnapshotFormatException>().With.Message.EqualTo("The document is not UTF-8."));
    }

    [TestCase("virtlock", "null", "virtlock must be an object")]
    [TestCase("virtlock.pidFile", "-1", "virtlock.pidFile must be a whole number from 0 to 2147483647")]
    [TestCase("virtlock.idleMs", "-1", "virtlock.idleMs must be a whole number from 0 to 3162240000000")]
    [TestCase("virtlock.fencings[0]", "{}", "virtlock.fencings[0].pid is missing")]
    [TestCase("virtlock.owners", "[]", "defaultLockspace.resources[0] has a lease of another than its owner")]
    [TestCase("virtlock.owners[0].pid", "2067", "defaultLockspace.resources[0] has a lease of another than its owner")]
    [TestCase("virtlock.owners[1].nameBytes", "\"A===\"", "virtlock.owners[1].nameBytes must be Base64")]
    [TestCase("virtlock.owners[1].nameBytes", "\"AAAA\"", "virtlock.owners[1].nameBytes must not contain NUL")]
    [TestCase(
        "daemon.servers.virtlockd.clients[1].virtlock.input", "\"?\"", "daemon.servers.virtlockd.clients[1].virtlock.input must be Base64")]
    [TestCase(
        "defaultLockspace.resources[0].virtlock.kind", "\"flock\"", "defaultLockspace.resources[0].virtlock.kind must be ofd or posix")]
    [TestCase("defaultLockspace.resources[0].virtlock.leases", "[0,1]", "defaultLockspace.resources[0] has not as many leases as owners")]
    [TestCase(
        "defaultLockspace.resources[0].virtlock.leases",
        "[0,253402300800000]",
        "defaultLockspace.resources[0].virtlock.leases[1] must be a whole number from -62135596800000 to 253402300799999")]
    public void Our_own_part_is_checked_too(string path, string value, string complaint) => AssertRefused(
        Replace(Samples.FullDocument, path, value), complaint + ".");

    private static string Replace(string text, string path, string value)
    {
        JsonObject document = Documents.Parse(text);
        Documents.At(document, path).ReplaceWith(JsonNode.Parse(value));
        return document.ToJsonString();
    }

    private static void AssertRefused(string document, string message) => Assert.That(
        () => Samples.Read(document), Throws.TypeOf<SnapshotFormatException>().With.Message.EqualTo(message));
}
