using VirtLock.Locking;

namespace VirtLock.Core.Tests.Locking;

/// <summary>What the reference knows of a held resource.</summary>
internal sealed record ReferenceHold(string Space, string Name, string Path, int File, LockMode Mode, bool IsAutocreated)
{
    /// <summary>Owner and the lease's number in the order of granting; the oldest first.</summary>
    public List<(uint Owner, int Number)> Leases { get; } = [];
}
