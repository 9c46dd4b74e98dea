namespace VirtLock.Protocol;

/// <summary>The procedures of the keepalive program.</summary>
internal enum KeepaliveProcedure
{
    /// <summary>Asks whether the other side still answers.</summary>
    Ping = 1,

    /// <summary>The answer to a ping.</summary>
    Pong = 2,
}
