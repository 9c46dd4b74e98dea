namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A document that is no snapshot. The message is one sentence that names the place in the document.</summary>
internal sealed class SnapshotFormatException(string message, Exception? inner = null) : Exception(message, inner);
