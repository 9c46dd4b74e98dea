using System.Reflection;
using System.Runtime.InteropServices;
using VirtLock.Posix;

namespace VirtLock.Core.Tests.Posix;

/// <summary>Numbers and layouts that are copied by hand from C headers, asked of the C compiler.</summary>
[TestFixture]
internal sealed class LibCTests
{
    [Test]
    public void Every_constant_structure_and_function_is_what_the_C_headers_say()
    {
        Dictionary<string, long> compiled = CHeaders.Compiled();

        Dictionary<string, long> declared = CHeaders.Declared();

        string[] uncompared = [.. declared.Keys.Except(compiled.Keys)];
        Assert.That(uncompared.Where(name => !CHeaders.IsRecent(name)), Is.Empty, "declared, and not known to the headers");
        Assert.That(compiled.Keys.Except(declared.Keys), Is.Empty);
        Assert.That(
            compiled.Where(
                pair => declared[pair.Key] != pair.Value).Select(pair => $"{pair.Key}: C {pair.Value}, here {declared[pair.Key]}"),
            Is.Empty);
    }

    [Test]
    public void Comparison_sees_every_declaration()
    {
        Dictionary<string, long> declared = CHeaders.Declared();

        Assert.That(declared["F_OFD_SETLK"], Is.EqualTo(37));
        Assert.That(declared.Keys, Has.Member("O_NOFOLLOW").And.Member("offsetof flock_t.l_len").And.Member("sizeof sockaddr_un.sun_path"));
        Assert.That(CHeaders.Constants, Has.Count.GreaterThan(80));
        Assert.That(CHeaders.Structures, Has.Count.GreaterThan(10));
        Assert.That(CHeaders.Functions, Has.Count.GreaterThan(40));
    }

    [Test]
    public void LibC_is_declarations_and_nothing_else()
    {
        IEnumerable<string> others = typeof(LibC)
            .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => !field.FieldType.IsPrimitive && field.FieldType != typeof(string))
            .Select(field => field.Name);

        Assert.That(others, Is.Empty);
    }

    [Test]
    public void Every_function_is_in_the_C_library()
    {
        nint library = NativeLibrary.Load("libc.so.6");

        IEnumerable<string> missing =
            CHeaders.Functions.Select(CHeaders.EntryPoint).Where(name => !NativeLibrary.TryGetExport(library, name, out _));

        Assert.That(missing, Is.Empty);
    }

    [TestCase(0, 0)]
    [TestCase(0x0100, 1)]
    [TestCase(0xFF00, 255)]
    [TestCase(9, null)]
    [TestCase(0x8B, null)]
    public void Exit_code_is_read_from_a_wait_status_unless_a_signal_ended_the_process(int status, int? code)
    {
        Assert.That(LibC.ExitCodeOf(status), Is.EqualTo(code));
    }

    [TestCase(9, 9)]
    [TestCase(0x8B, 11, Description = "with a core dump")]
    public void Signal_is_read_from_a_wait_status(int status, int signal)
    {
        Assert.That(LibC.SignalOf(status), Is.EqualTo(signal));
    }
}
