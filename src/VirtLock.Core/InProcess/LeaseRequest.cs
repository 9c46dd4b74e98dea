using VirtLock.Locking;

namespace VirtLock;

/// <summary>What the caller wants, in one piece.</summary>
internal readonly record struct LeaseRequest(ResourceName Name, LockMode Mode, TimeSpan Wait, bool Autocreate)
{
    internal void RequireModeAndWait()
    {
        Require(Mode);
        WaitTime.Require(Wait);
    }

    private static void Require(LockMode mode)
    {
        if (!Enum.IsDefined(mode))
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "This is no mode.");
        }
    }
}
