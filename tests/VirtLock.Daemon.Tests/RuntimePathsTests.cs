namespace VirtLock.Daemon.Tests;

public sealed class RuntimePathsTests
{
    private const uint Root = 0;
    private const uint User = 1000;

    [Test]
    public void The_systems_daemon_has_fixed_paths_whatever_the_environment()
    {
        RuntimePaths paths = Resolve(Root, ("HOME", "/root"), ("XDG_RUNTIME_DIR", "/run/user/0"), ("XDG_CONFIG_HOME", "/c"));

        Assert.That(paths, Is.EqualTo(new RuntimePaths
        {
            IsPrivileged = true,
            ConfigFile = "/etc/libvirt/virtlockd.conf",
            RunDirectory = "/run/libvirt",
            LockSocket = "/run/libvirt/virtlockd-sock",
            AdminSocket = "/run/libvirt/virtlockd-admin-sock",
            PidFile = "/run/virtlockd.pid",
            StateFile = "/run/virtlockd-restart-exec.json",
            LogFile = "/var/log/libvirt/virtlockd.log",
        }));
    }

    [Test]
    public void A_users_daemon_follows_the_XDG_variables()
    {
        RuntimePaths paths = Resolve(User, ("XDG_CONFIG_HOME", "/c"), ("XDG_CACHE_HOME", "/k"), ("XDG_RUNTIME_DIR", "/r"));

        Assert.That(paths, Is.EqualTo(new RuntimePaths
        {
            IsPrivileged = false,
            ConfigFile = "/c/libvirt/virtlockd.conf",
            RunDirectory = "/r/libvirt",
            LockSocket = "/r/libvirt/virtlockd-sock",
            AdminSocket = "/r/libvirt/virtlockd-admin-sock",
            PidFile = "/r/libvirt/virtlockd.pid",
            StateFile = "/r/libvirt/virtlockd-restart-exec.json",
            LogFile = "/k/libvirt/virtlockd.log",
        }));
    }

    [TestCase(null)]
    [TestCase("")]
    public void Without_them_everything_is_under_the_home_directory(string? unset)
    {
        var environment = new Dictionary<string, string> { ["HOME"] = "/home/u" };
        if (unset is not null)
        {
            environment["XDG_CONFIG_HOME"] = environment["XDG_CACHE_HOME"] = environment["XDG_RUNTIME_DIR"] = unset;
        }

        var paths = RuntimePaths.Resolve(
            environment.GetValueOrDefault, User, _ => throw new AssertionException("the user database was asked"));

        Assert.That(paths.ConfigFile, Is.EqualTo("/home/u/.config/libvirt/virtlockd.conf"));
        Assert.That(paths.RunDirectory, Is.EqualTo("/home/u/.cache/libvirt"));
        Assert.That(paths.LogFile, Is.EqualTo("/home/u/.cache/libvirt/virtlockd.log"));
    }

    [Test]
    public void A_missing_home_is_asked_of_the_user_database()
    {
        var paths = RuntimePaths.Resolve(name => name == "HOME" ? "" : null, User, user => user == User ? "/home/db" : null);

        Assert.That(paths.ConfigFile, Is.EqualTo("/home/db/.config/libvirt/virtlockd.conf"));
    }

    [Test]
    public void A_user_without_a_home_anywhere_is_told_so() =>
        Assert.That(
            () => RuntimePaths.Resolve(_ => null, User, _ => null),
            Throws.TypeOf<StartFailedException>().With.Message.Contains("HOME")
                .And.Property(nameof(StartFailedException.ExitCode)).EqualTo(ExitCode.Failure));

    private static RuntimePaths Resolve(uint userId, params (string Name, string Value)[] environment) =>
        RuntimePaths.Resolve(environment.ToDictionary(v => v.Name, v => v.Value).GetValueOrDefault, userId, _ => null);
}
