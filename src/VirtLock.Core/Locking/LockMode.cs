namespace VirtLock.Locking;

/// <summary>How a resource is locked.</summary>
public enum LockMode
{
    /// <summary>One owner alone (F_WRLCK).</summary>
    Exclusive,

    /// <summary>Together with other shared owners (F_RDLCK).</summary>
    Shared,
}
