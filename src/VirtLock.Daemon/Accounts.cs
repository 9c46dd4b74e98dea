using Mono.Unix.Native;

namespace VirtLock.Daemon;

/// <summary>
/// What the host's user database says. It may live elsewhere and take its time, and it is asked through Mono.Unix's native library: when
/// that is missing, accounts have no names and the daemon goes on.
/// </summary>
internal static class Accounts
{
    /// <returns>A user's home directory; null when the database has none.</returns>
    internal static string? HomeOf(uint userId) => OrNone(() => Syscall.getpwuid(userId)?.pw_dir);

    /// <returns>A user's name; null when the database has none.</returns>
    internal static string? UserNameOf(uint userId) => OrNone(() => Syscall.getpwuid(userId)?.pw_name);

    /// <returns>A group's name; null when the database has none.</returns>
    internal static string? GroupNameOf(uint groupId) => OrNone(() => Syscall.getgrgid(groupId)?.gr_name);

    /// <summary>
    /// Looks something up, and takes a native library that is not there, or is another, for a database that knows nothing.
    /// </summary>
    internal static string? OrNone(Func<string?> lookUp)
    {
        try
        {
            return lookUp();
        }
        catch (Exception missing) when (missing is TypeLoadException or TypeInitializationException or BadImageFormatException)
        {
            return null;
        }
    }
}
