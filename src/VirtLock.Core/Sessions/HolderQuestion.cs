using VirtLock.Locking;

namespace VirtLock.Sessions;

/// <summary>
/// Which process holds a file: a question that takes too long for the loop. A session that needs the answer leaves the request unanswered and asks;
/// the host finds out elsewhere, then hands the same request in again with the answer.
/// </summary>
internal readonly record struct HolderQuestion(FileIdentity File);

/// <summary>The answer to a <see cref="HolderQuestion"/>; no holder means that no process of this host holds the file.</summary>
internal sealed record HolderAnswer(FileIdentity File, ProcessHolder? Holder);
