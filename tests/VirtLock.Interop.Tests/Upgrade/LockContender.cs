using System.Globalization;
using VirtLock.TestKit.Processes;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>Another process that tries all the time to take a file that must never be free.</summary>
internal sealed class LockContender : IDisposable
{
    private readonly Peer _peer;
    private bool _isDisposed;

    public LockContender(string path)
    {
        _peer = Peer.Start();
        _peer.Must($"contend {path}");
        WaitForAttempts();
    }

    /// <summary>Waits until it has tried some more, so that the present is covered, and tells that it never succeeded.</summary>
    public void AssertNeverFree()
    {
        long attempts = WaitForAttempts();
        Assert.That(Answer().Successes, Is.Zero, $"of {attempts} attempts");
    }

    /// <summary>Ends it; a test does so before it frees the file, and again when it cleans up.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _peer.Dispose();
        }
    }

    private long WaitForAttempts()
    {
        long before = Answer().Attempts;
        Eventually.True(() => Answer().Attempts > before + 3, "the other process tries");
        return before;
    }

    private (long Attempts, long Successes) Answer()
    {
        string[] words = _peer.Ask("contended").Split(' ');
        return (long.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture));
    }
}
