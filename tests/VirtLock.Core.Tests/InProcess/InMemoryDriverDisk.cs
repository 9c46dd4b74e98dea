using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.InProcess;

/// <summary>The driver that users get for their tests, under the contract of all drivers.</summary>
internal sealed class InMemoryDriverDisk : ITestDisk
{
    private readonly InMemoryLockDriver _driver = new();
    private readonly Dictionary<string, (HeldFile File, LockMode Mode)> _elsewhere = [];

    public InMemoryDriverDisk() => MakeDirectory("root");

    public ILockDriver Driver => _driver;

    public int OpenFiles => _elsewhere.Count;

    public FilePath PathOf(string name) => new($"/root/{name}");

    public void WriteFile(string name) => _driver.AddFile(PathOf(name).ToString());

    public void MakeDirectory(string name) => Assert.That(_driver.EnsureDirectory(PathOf(name)).IsDirectory, Is.True);

    public void Link(string existing, string name) => _driver.AddLink(PathOf(existing).ToString(), PathOf(name).ToString());

    public void Delete(string name) => Assert.That(_driver.DeleteFile(PathOf(name)), Is.Null);

    public bool Exists(string name) => _driver.Exists(PathOf(name).ToString());

    public bool TryLockElsewhere(string name, LockMode mode)
    {
        LockAttempt attempt = _driver.TryLock(PathOf(name), mode, autocreate: false);
        if (attempt.IsGranted)
        {
            _elsewhere.Add(name, (attempt.File, mode));
        }

        return attempt.IsGranted;
    }

    public void ReleaseElsewhere(string name)
    {
        _elsewhere.Remove(name, out (HeldFile File, LockMode Mode) held);
        Assert.That(_driver.Release(held.File, PathOf(name), held.Mode, autocreate: false), Is.Null);
    }

    public LockMode? Probe(string name) => _driver.ModeOf(PathOf(name).ToString());

    public void Dispose()
    {
        // Nothing outlives it.
    }
}
