
namespace VirtLock.Core.Tests.Locking;

/// <summary>
/// One step of a random sequence, in numbers that <see cref="ModelComparison"/> takes modulo what there is to choose from.
/// </summary>
public readonly record struct ModelStep(byte Kind, byte Space, byte Name, byte Owner, bool IsShared, bool IsAutocreated);
