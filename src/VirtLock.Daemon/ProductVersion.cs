namespace VirtLock.Daemon;

/// <summary>The daemon's own version, as the build stamped it on the assembly.</summary>
internal static class ProductVersion
{
    /// <summary>Major, minor and patch, with dots.</summary>
    public static string Text { get; } = typeof(ProductVersion).Assembly.GetName().Version!.ToString(3);
}
