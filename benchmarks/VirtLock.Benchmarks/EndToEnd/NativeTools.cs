namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>The benchmarks' own programs in C, compiled when they are needed.</summary>
internal sealed class NativeTools
{
    private static readonly string[] LoadSources =
        ["load.c", "samples.c", "client.c", "ping_pong.c", "churn.c", "pipeline.c", "disconnect.c", "hold.c", "start.c", "upgrade.c"];

    private NativeTools(string floor, string load)
    {
        Floor = floor;
        Load = load;
    }

    /// <summary>The bare loop that VirtLock is held against.</summary>
    internal string Floor { get; }

    /// <summary>What drives every daemon alike.</summary>
    internal string Load { get; }

    internal static NativeTools Compile() => new(Compile("floor", "floor.c"), Compile("load", LoadSources));

    private static string Compile(string name, params string[] sources)
    {
        string output = Path.Combine(Places.Artifacts, name);
        Tool.Run("cc", ["-O2", "-Wall", "-o", output, .. sources.Select(source => Path.Combine(Places.NativeSources, source))]);
        return output;
    }
}
