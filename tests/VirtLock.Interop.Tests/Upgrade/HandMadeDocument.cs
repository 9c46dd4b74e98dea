using System.Text.Json.Nodes;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>A document as libvirt's daemon writes it, put together by a test, whether true or not.</summary>
internal sealed class HandMadeDocument
{
    private readonly JsonArray _listeners = [];
    private readonly JsonArray _clients = [];
    private readonly JsonArray _resources = [];
    private readonly JsonArray _table = [];

    public HandMadeDocument Listener(int descriptor)
    {
        _listeners.Add(Socket(descriptor, isClient: false));
        return this;
    }

    public HandMadeDocument Client(int descriptor, uint ownerPid = 0) => Add(_clients, new JsonObject
    {
        ["id"] = _clients.Count + 1,
        ["auth"] = 0,
        ["readonly"] = false,
        ["nrequests_max"] = 1,
        ["sock"] = Socket(descriptor, isClient: true),
        ["privateData"] = new JsonObject
        {
            ["restricted"] = false,
            ["ownerPid"] = ownerPid,
            ["ownerId"] = 1,
            ["ownerName"] = "demo",
            ["ownerUUID"] = "00010203-0405-4607-8809-0a0b0c0d0e0f",
        },
    });

    public HandMadeDocument Resource(int descriptor, string path, uint owner, uint flags = 0, string? name = null) =>
        Add(_resources, ResourceOf(descriptor, path, owner, flags, name ?? path));

    public HandMadeDocument Space(string directory, int descriptor, string name, uint owner, uint flags) => Add(_table, new JsonObject
    {
        ["directory"] = directory,
        ["resources"] = new JsonArray(ResourceOf(descriptor, Path.Combine(directory, name), owner, flags, name)),
    });

    /// <summary>libvirt's present layout, and the three that it reads from earlier versions of its own.</summary>
    public string ToText(DocumentLayout layout = DocumentLayout.ServersByName)
    {
        JsonObject server = new()
        {
            ["min_workers"] = 0,
            ["max_workers"] = 0,
            ["priority_workers"] = 0,
            ["max_clients"] = 1024,
            ["keepaliveInterval"] = uint.MaxValue,
            ["keepaliveCount"] = 0,
            ["services"] = new JsonArray(new JsonObject
            {
                ["auth"] = 0,
                ["readonly"] = false,
                ["nrequests_client_max"] = 1,
                ["socks"] = _listeners,
            }),
            ["clients"] = _clients,
        };
        JsonObject document = new() { ["defaultLockspace"] = new JsonObject { ["resources"] = _resources }, ["lockspaces"] = _table };
        document[layout == DocumentLayout.LoneServer ? "server" : "daemon"] = layout switch
        {
            DocumentLayout.ServersByName => new JsonObject { ["servers"] = new JsonObject { ["virtlockd"] = server } },
            DocumentLayout.ServersInOrder => new JsonObject { ["servers"] = new JsonArray(server) },
            _ => server,
        };
        document["magic"] = "@PID@";
        return document.ToJsonString();
    }

    private static JsonObject ResourceOf(int descriptor, string path, uint owner, uint flags, string name) => new()
    {
        ["name"] = name,
        ["path"] = path,
        ["fd"] = descriptor,
        ["lockHeld"] = true,
        ["flags"] = flags,
        ["owners"] = new JsonArray(owner),
    };

    private static JsonObject Socket(int descriptor, bool isClient) => new()
    {
        ["fd"] = descriptor,
        ["errfd"] = -1,
        ["pid"] = 0,
        ["isClient"] = isClient,
        ["unlinkUNIX"] = !isClient,
    };

    private HandMadeDocument Add(JsonArray array, JsonObject item)
    {
        array.Add(item);
        return this;
    }
}
