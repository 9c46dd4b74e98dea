using System.Text.Json;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>A process that is being ended because it lost its connection while holding leases.</summary>
/// <param name="Pid">The process, whose leases are freed once it is dead.</param>
/// <param name="Descriptor">Its pidfd; -1 when there is none.</param>
/// <param name="Elapsed">The time since it was sent SIGTERM, kept in milliseconds.</param>
/// <param name="Start">When it started, in ticks of the kernel's; 0 when that is not known.</param>
internal readonly record struct FencingSnapshot(ProcessId Pid, int Descriptor, TimeSpan Elapsed, ulong Start = 0)
{
    private static readonly DocumentObject<FencingSnapshot> Fencing = new();

    private static readonly JsonEncodedText PidKey = Fencing.Mandatory(
        "pid", static (ref json, ref fencing) => fencing = fencing with { Pid = new ProcessId(json.UInt32()) });

    private static readonly JsonEncodedText DescriptorKey = Fencing.Optional(
        "fd", static (ref json, ref fencing) => fencing = fencing with { Descriptor = json.Descriptor() });

    private static readonly JsonEncodedText ElapsedMilliseconds = Fencing.Mandatory(
        "elapsedMs", static (ref json, ref fencing) => fencing = fencing with { Elapsed = json.Duration() });

    private static readonly JsonEncodedText StartKey = Fencing.Optional(
        "start", static (ref json, ref fencing) => fencing = fencing with { Start = json.UInt64() });

    // Earlier executables of ours insist on these two, though none acts on them: going back to one must stay possible.
    private static readonly JsonEncodedText OwnerPid = JsonEncodedText.Encode("ownerPid");
    private static readonly JsonEncodedText Killed = JsonEncodedText.Encode("killed");

    internal static FencingSnapshot Read(ref DocumentCursor json)
    {
        var fencing = new FencingSnapshot { Descriptor = -1 };
        Fencing.Read(ref json, ref fencing);
        return fencing;
    }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber(PidKey, Pid.Value);
        if (Descriptor >= 0)
        {
            json.WriteNumber(DescriptorKey, Descriptor);
        }

        json.WriteNumber(OwnerPid, Pid.Value);
        json.WriteNumber(ElapsedMilliseconds, (long)Elapsed.TotalMilliseconds);
        json.WriteBoolean(Killed, false);
        if (Start != 0)
        {
            json.WriteNumber(StartKey, Start);
        }

        json.WriteEndObject();
    }
}
