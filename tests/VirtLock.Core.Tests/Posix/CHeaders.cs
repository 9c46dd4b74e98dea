using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using VirtLock.Posix;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Posix;

/// <summary>
/// What <see cref="LibC"/> declares and what the C compiler says about it, both as name and number. The C program is generated from the
/// declarations, so that none can be added without being compared.
/// </summary>
internal static class CHeaders
{
    private const string Compiler = "/usr/bin/gcc";

    private const string Prologue = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <poll.h>
        #include <sched.h>
        #include <signal.h>
        #include <spawn.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <time.h>
        #include <unistd.h>
        #include <linux/magic.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
        #include <sys/file.h>
        #include <sys/inotify.h>
        #include <sys/ioctl.h>
        #include <sys/mman.h>
        #include <sys/mount.h>
        #include <sys/prctl.h>
        #include <sys/resource.h>
        #include <sys/signalfd.h>
        #include <sys/socket.h>
        #include <sys/stat.h>
        #include <sys/statfs.h>
        #include <sys/syscall.h>
        #include <sys/timerfd.h>
        #include <sys/uio.h>
        #include <sys/un.h>
        #include <sys/wait.h>

        /* In linux/un.h, which can't be included together with sys/un.h. */
        #define UNIX_PATH_MAX sizeof(((struct sockaddr_un *)0)->sun_path)

        #define VALUE(name) printf("%s %lld\n", #name, (long long)(name))
        #define SIZE(label, expression) printf("sizeof %s %lld\n", label, (long long)sizeof(expression))
        #define OFFSET(label, type, field) printf("offsetof %s %lld\n", label, (long long)offsetof(type, field))

        int main(void) {
        """;

    /// <summary>
    /// Newer than the headers of some supported systems: left out where the header does not have it, compared where it does.
    /// </summary>
    private static readonly string[] RecentConstants = ["SO_PEERPIDFD"];

    /// <summary>C's name of a structure, where it is not "struct" and ours.</summary>
    private static readonly Dictionary<string, string> TypeNames = new()
    {
        ["flock_t"] = "struct flock",
        ["stat_head"] = "struct stat",
        ["statx_t"] = "struct statx",
        ["sigset_t"] = "sigset_t",
        ["posix_spawnattr_t"] = "posix_spawnattr_t",
        ["posix_spawn_file_actions_t"] = "posix_spawn_file_actions_t",
    };

    /// <summary>Structures whose inside is the C library's own affair: only their size counts.</summary>
    private static readonly string[] OpaqueTypes = ["sigset_t", "posix_spawnattr_t", "posix_spawn_file_actions_t"];

    private static readonly BindingFlags AllStatic =
        BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static IReadOnlyList<FieldInfo> Constants { get; } =
        [.. typeof(LibC).GetFields(AllStatic).Where(field => field.FieldType.IsPrimitive)];

    public static IReadOnlyList<Type> Structures { get; } =
    [
        .. typeof(LibC).GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic)
            .Where(type => type.IsValueType && !type.Name.StartsWith('<')),
    ];

    public static IReadOnlyList<MethodInfo> Functions { get; } =
        [.. typeof(LibC).GetMethods(AllStatic).Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))];

    /// <summary>What the declarations say.</summary>
    public static Dictionary<string, long> Declared()
    {
        var values = new Dictionary<string, long>();
        foreach (FieldInfo constant in Constants)
        {
            values.Add(constant.Name, Convert.ToInt64(constant.GetValue(null), CultureInfo.InvariantCulture));
        }

        foreach (Type structure in Structures)
        {
            values.Add($"sizeof {structure.Name}", Marshal.SizeOf(structure));
            foreach (FieldInfo field in ComparableFields(structure))
            {
                values.Add($"sizeof {structure.Name}.{field.Name}", SizeOf(field));
                values.Add($"offsetof {structure.Name}.{field.Name}", Marshal.OffsetOf(structure, field.Name));
            }
        }

        foreach (MethodInfo function in Functions)
        {
            values[$"sizeof {EntryPoint(function)}()"] = SizeOf(function.ReturnType);
        }

        return values;
    }

    /// <summary>What the compiler says. Skips the test where there is none.</summary>
    public static Dictionary<string, long> Compiled()
    {
        if (!File.Exists(Compiler))
        {
            Assert.Ignore($"Needs a C compiler to compare with: {Compiler} does not exist.");
        }

        using var directory = new TemporaryDirectory();
        string source = directory.File("compare.c");
        File.WriteAllText(source, Program());
        Run(Compiler, "-Werror=implicit-function-declaration", "-Werror=int-conversion", "-o", directory.File("compare"), source);
        return Run(directory.File("compare")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => (Line: line, End: line.LastIndexOf(' ')))
            .DistinctBy(pair => pair.Line)
            .ToDictionary(pair => pair.Line[..pair.End], pair => long.Parse(pair.Line[pair.End..], CultureInfo.InvariantCulture));
    }

    public static bool IsRecent(string name) => RecentConstants.Contains(name);

    public static string EntryPoint(MethodInfo function) => function.GetCustomAttribute<DllImportAttribute>()?.EntryPoint ?? function.Name;

    private static string Program()
    {
        var program = new StringBuilder(Prologue).AppendLine();
        foreach (FieldInfo constant in Constants)
        {
            program.AppendLine(
                IsRecent(constant.Name) ? $"#ifdef {constant.Name}\nVALUE({constant.Name});\n#endif" : $"VALUE({constant.Name});");
        }

        foreach (Type structure in Structures)
        {
            string type = TypeNames.GetValueOrDefault(structure.Name, $"struct {structure.Name}");
            program.AppendLine(null, $"SIZE(\"{structure.Name}\", {type});");
            foreach (FieldInfo field in ComparableFields(structure))
            {
                string label = $"\"{structure.Name}.{field.Name}\"";
                program.AppendLine(null, $"SIZE({label}, (({type} *)0)->{field.Name}); OFFSET({label}, {type}, {field.Name});");
            }
        }

        foreach (MethodInfo function in Functions)
        {
            // Never called: sizeof only looks at the type, for which the compiler wants the arguments to fit.
            string arguments =
                string.Join(", ", function.GetParameters().Select(parameter => parameter.ParameterType.IsPointer ? "(void *)0" : "0"));
            program.AppendLine(null, $"SIZE(\"{EntryPoint(function)}()\", {EntryPoint(function)}({arguments}));");
        }

        return program.AppendLine("return 0; }").ToString();
    }

    private static FieldInfo[] ComparableFields(Type structure) => OpaqueTypes.Contains(structure.Name)
        ? []
        : structure.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private static int SizeOf(FieldInfo field) => field.GetCustomAttribute<FixedBufferAttribute>() is { } buffer
        ? buffer.Length * SizeOf(buffer.ElementType)
        : SizeOf(field.FieldType);

    private static int SizeOf(Type type) => type.IsPointer ? nint.Size : Marshal.SizeOf(type);

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Assert.That(process.WaitForExit(TimeSpan.FromSeconds(30)), Is.True, $"{program} ends within 30 s");
        Assert.That(process.ExitCode, Is.Zero, errors.Result);
        return output.Result;
    }
}
