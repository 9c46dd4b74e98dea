namespace VirtLock.Protocol;

/// <summary>The procedures of the lock program. All of them return nothing.</summary>
public enum LockProcedure
{
    /// <summary>States on whose behalf the connection speaks. Takes <see cref="RegisterArguments"/>.</summary>
    Register = 1,

    /// <summary>Gives up every right of the connection. Takes <see cref="RestrictArguments"/>.</summary>
    Restrict = 2,

    /// <summary>Adds a lock space that must be new to the server. Takes <see cref="LockSpaceArguments"/>.</summary>
    NewLockSpace = 3,

    /// <summary>Creates the file of a resource. Takes <see cref="ResourceArguments"/>.</summary>
    CreateResource = 4,

    /// <summary>Removes the file of a resource. Takes <see cref="ResourceArguments"/>.</summary>
    DeleteResource = 5,

    /// <summary>Asks for a lease. Takes <see cref="ResourceArguments"/>, the only ones whose flags may be set.</summary>
    AcquireResource = 6,

    /// <summary>Gives a lease back. Takes <see cref="ResourceArguments"/>.</summary>
    ReleaseResource = 7,

    /// <summary>Makes sure that a lock space exists. Takes <see cref="CreateLockSpaceArguments"/>.</summary>
    CreateLockSpace = 8,
}
