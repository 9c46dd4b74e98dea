namespace VirtLock.Daemon.Upgrade;

/// <summary>What the preflight of a new executable showed.</summary>
internal enum PreflightResult
{
    /// <summary>It starts, reads its configuration and takes the snapshot.</summary>
    Accepted,

    /// <summary>It is libvirt's daemon, which knows no check mode.</summary>
    Unchecked,

    Rejected,
}

/// <param name="Result">Whether the new executable may take over.</param>
/// <param name="Reason">Why not.</param>
internal readonly record struct PreflightVerdict(PreflightResult Result, string Reason = "");
