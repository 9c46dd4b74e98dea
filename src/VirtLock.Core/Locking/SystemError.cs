namespace VirtLock.Locking;

/// <summary>A system call that failed, for programs and for people.</summary>
/// <param name="Number">The errno: errno(3).</param>
/// <param name="Description">What was tried and on what, then the system's own words, for example
/// <c>Unable to open/create resource /a: No such file or directory</c>.</param>
public sealed record SystemError(int Number, string Description);
