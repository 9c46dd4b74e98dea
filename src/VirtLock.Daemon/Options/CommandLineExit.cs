namespace VirtLock.Daemon.Options;

/// <summary>The command line ends the process at once: help, the version, or a mistake.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Stream">Where <paramref name="Text"/> belongs.</param>
/// <param name="Text">What to print; complete with line ends, except for <see cref="ExitStream.Log"/>.</param>
internal sealed record CommandLineExit(int Code, ExitStream Stream, string Text);
