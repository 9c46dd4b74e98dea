namespace VirtLock.Locking;

/// <summary>What came of <see cref="LockSpace.Release"/>.</summary>
internal enum ReleaseStatus
{
    Released,

    /// <summary>Nobody holds a resource of that name in this lock space.</summary>
    NotHeld,

    /// <summary>Others hold it.</summary>
    NotOwner,
}
