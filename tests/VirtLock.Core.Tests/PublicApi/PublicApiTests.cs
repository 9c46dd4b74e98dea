using System.Reflection;
using VirtLock.Locking;
using VirtLock.TestKit;

namespace VirtLock.Core.Tests.PublicApi;

/// <summary>
/// House rules of the public API. What it consists of is held by an analyzer: PublicAPI.Unshipped.txt beside the sources.
/// </summary>
internal sealed class PublicApiTests
{
    private static readonly Assembly Library = typeof(ProcessLocks).Assembly;

    [Test]
    public void Every_type_is_in_the_namespace_of_its_folder()
    {
        string root = Path.Combine(Repository.Root, "src/VirtLock.Core");
        string[] folders = [.. Directory.GetDirectories(root).Select(folder => "VirtLock." + Path.GetFileName(folder))];

        // The extension methods live where every user's file already looks.
        IEnumerable<string?> strays = Library.GetExportedTypes().Select(type => type.Namespace).Distinct()
            .Except([.. folders, "VirtLock", "Microsoft.Extensions.DependencyInjection"]);

        Assert.That(strays, Is.Empty);
    }

    [Test]
    public void What_waits_asynchronously_can_be_cancelled()
    {
        IEnumerable<string> uncancellable = Library.GetExportedTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.Name.EndsWith("Async", StringComparison.Ordinal))
            .Where(method => method.Name != nameof(IAsyncDisposable.DisposeAsync))
            .Where(method => method.GetParameters().LastOrDefault()?.ParameterType != typeof(CancellationToken))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}");

        Assert.That(uncancellable, Is.Empty);
    }

    [Test]
    public void Classes_are_sealed_but_for_exceptions_that_others_derive_from()
    {
        IEnumerable<Type> open = Library.GetExportedTypes().Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false });

        Assert.That(open.Where(type => !type.IsSubclassOf(typeof(Exception))), Is.Empty);
    }

    [Test]
    public void Default_values_are_harmless()
    {
        Assert.That(default(FilePath).ToString(), Is.Empty);
        Assert.That(default(ResourceName).ToString(), Is.Empty);
        Assert.That(default(OwnerName).ToString(), Is.Empty);
        Assert.That(default(FilePath), Is.EqualTo(new FilePath(string.Empty)));
        Assert.That(default(LockAttempt).IsGranted, Is.False);
        Assert.That(default(ResourceName).GetHashCode(), Is.EqualTo(new ResourceName(string.Empty).GetHashCode()));
    }
}
