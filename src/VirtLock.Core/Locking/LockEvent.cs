namespace VirtLock.Locking;

/// <summary>What happened to a lease or a resource.</summary>
public enum LockEventKind
{
    /// <summary>An owner got a lease.</summary>
    Granted,

    /// <summary>An owner was refused because the resource is held.</summary>
    Refused,

    /// <summary>A lease was given up.</summary>
    Released,

    /// <summary>The kernel no longer holds the lock behind a lease.</summary>
    Lost,
}

/// <summary>One event of the lock model, raised after it happened.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Directory">The lock space's directory; null for the default lock space.</param>
/// <param name="Name">The resource.</param>
/// <param name="Owner">Whose lease or attempt it is.</param>
/// <param name="Mode">How the resource is locked, or was to be.</param>
/// <param name="Error">What went wrong beside it: the file of an autocreated resource that could not be removed when the lease was
/// released.</param>
public readonly record struct LockEvent(
    LockEventKind Kind, FilePath? Directory, ResourceName Name, Owner Owner, LockMode Mode, SystemError? Error);
