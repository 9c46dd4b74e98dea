namespace VirtLock.TestKit.Daemons;

/// <summary>
/// A mount namespace in which /run is empty: there a lock daemon finds its usual paths free, whatever serves on this machine.
/// </summary>
internal static class EmptyRun
{
    /// <summary>Shell lines that empty /run, once in a namespace of one's own.</summary>
    public const string Script = """
        mount -t tmpfs -o mode=755 tmpfs /run
        mkdir -p /run/libvirt
        """;

    /// <summary>The command that makes a mount namespace for another command.</summary>
    public static IReadOnlyList<string> Unshare { get; } = ["unshare", "--mount", "--propagation", "private"];

    /// <summary>A command line that runs a command with an empty /run, in the same process.</summary>
    public static IReadOnlyList<string> Around(params IEnumerable<string> command) =>
        [.. Unshare, "sh", "-c", $"set -e\n{Script}\nexec \"$@\"", "sh", .. command];
}
