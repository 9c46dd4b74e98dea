using System.Diagnostics.CodeAnalysis;

namespace VirtLock.Protocol;

/// <summary>The flags of <see cref="LockProcedure.AcquireResource"/>. Every other procedure wants zero.</summary>
[Flags]
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "The protocol calls the field flags.")]
public enum AcquireFlags : uint
{
    /// <summary>An exclusive lease on a file that exists.</summary>
    None = 0,

    /// <summary>A lease that others may share.</summary>
    Shared = 1,

    /// <summary>Create the file when it is missing, and remove it with the last lease.</summary>
    Autocreate = 2,
}
