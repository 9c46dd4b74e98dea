namespace VirtLock.TestKit.Architecture;

/// <summary>A type that refers to a type of another namespace.</summary>
internal sealed record NamespaceReference(Type From, Type To)
{
    public override string ToString() => $"{From.FullName} -> {To.FullName}";
}
