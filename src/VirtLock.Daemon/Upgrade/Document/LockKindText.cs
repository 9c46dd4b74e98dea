using System.Text.Json;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>What a document calls the kinds of locks.</summary>
internal static class LockKindText
{
    internal static readonly JsonEncodedText OpenFileDescription = JsonEncodedText.Encode("ofd");
    internal static readonly JsonEncodedText Posix = JsonEncodedText.Encode("posix");

    internal static JsonEncodedText Of(LockKind kind) => kind == LockKind.Posix ? Posix : OpenFileDescription;
}
