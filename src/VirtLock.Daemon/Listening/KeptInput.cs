namespace VirtLock.Daemon.Listening;

/// <summary>
/// How much of half-sent requests all connections of the loop keep together. Each keeps no more than a request may have; when all of them
/// together keep too much, the one that keeps most is closed.
/// </summary>
/// <param name="limit">How much they may keep together, in bytes.</param>
internal sealed class KeptInput(int limit = KeptInput.UsualLimit)
{
    /// <summary>Room for a hundred clients that are all in the middle of the longest request there is.</summary>
    private const int UsualLimit = 16 * 1024 * 1024;

    private readonly Dictionary<Connection, int> _kept = [];
    private long _total;

    /// <summary>Notes how much a connection keeps now.</summary>
    internal void Set(Connection connection, int count)
    {
        if (count == 0)
        {
            _total -= _kept.Remove(connection, out int before) ? before : 0;
            return;
        }

        _total += count - _kept.GetValueOrDefault(connection);
        _kept[connection] = count;
        if (_total > limit)
        {
            _kept.MaxBy(pair => pair.Value).Key.CloseAsGreediest();
        }
    }
}
