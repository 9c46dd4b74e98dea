using VirtLock.Locking;

namespace VirtLock.Drivers;

/// <summary>What came of going on with a lock through the descriptor of a predecessor.</summary>
/// <param name="File">The held file; null when the descriptor is of no use.</param>
/// <param name="Problem">What was not as it should be, even if it could be mended.</param>
/// <param name="CanBeTakenAnew">Whether the lock may be had through another descriptor of the file.</param>
internal readonly record struct Adoption(HeldFile? File, string? Problem, bool CanBeTakenAnew = false);
