namespace VirtLock.Interop.Tests.Libvirt;

/// <summary>What a command left.</summary>
internal readonly record struct CommandResult(int Code, string Output, string Error)
{
    public override string ToString() => $"exit code {Code}: {Output}{Error}";
}
