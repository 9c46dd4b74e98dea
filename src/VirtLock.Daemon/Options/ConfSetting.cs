namespace VirtLock.Daemon.Options;

/// <summary>One <c>name = value</c> of a configuration file.</summary>
internal readonly record struct ConfSetting(string Name, ConfValue Value);
