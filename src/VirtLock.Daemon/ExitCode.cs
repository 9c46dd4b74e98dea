namespace VirtLock.Daemon;

/// <summary>The exit codes of libvirt's daemon.</summary>
internal enum ExitCode
{
    Success = 0,

    /// <summary>Bad options, configuration or log settings; the PID file can't be had.</summary>
    Failure = 1,

    RunDirectory = 2,

    /// <summary>Initialisation, or the restore of a snapshot.</summary>
    Initialise = 3,

    Signals = 4,

    /// <summary>Sockets, or their activation.</summary>
    Network = 6,
}
