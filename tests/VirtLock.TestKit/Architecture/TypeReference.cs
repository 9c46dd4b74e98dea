namespace VirtLock.TestKit.Architecture;

/// <summary>A type that refers to another one of the product's.</summary>
internal sealed record TypeReference(Type From, Type To)
{
    public override string ToString() => $"{From.FullName} -> {To.FullName}";
}
