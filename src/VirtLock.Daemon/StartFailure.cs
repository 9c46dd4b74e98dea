using System.ComponentModel;
using Microsoft.Extensions.Options;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Options;
using VirtLock.Posix;

namespace VirtLock.Daemon;

/// <summary>Why the daemon does not start.</summary>
/// <param name="ExitCode">libvirt's code for it.</param>
/// <param name="Message">The one line that the administrator sees.</param>
/// <param name="IsOurs">Whether nobody foresaw it, so that the place in the program is of use to whoever mends it.</param>
internal readonly record struct StartFailure(ExitCode ExitCode, string Message, bool IsOurs)
{
    internal static StartFailure Of(Exception failure) => failure switch
    {
        StartFailedException known => new(known.ExitCode, known.Message, IsOurs: false),
        ConfigurationException or LogSettingsException or OptionsValidationException =>
            new(ExitCode.Failure, failure.Message, IsOurs: false),

        // Without descriptors libvirt's daemon gets as far as its sockets.
        Win32Exception { NativeErrorCode: LibC.EMFILE or LibC.ENFILE } => new(ExitCode.Network, failure.Message, IsOurs: false),
        Win32Exception => new(ExitCode.Initialise, failure.Message, IsOurs: false),
        _ => new(ExitCode.Initialise, $"The start failed for a reason that nobody foresaw: {failure.Message}", IsOurs: true),
    };
}
