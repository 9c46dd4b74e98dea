using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace VirtLock.Core.Tests.PublicApi;

/// <summary>Writes down what users of an assembly can see, one line each, in an order that does not depend on the sources'.</summary>
internal static class ApiListing
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(char)] = "char",
        [typeof(double)] = "double",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(void)] = "void",
    };

    private static readonly NullabilityInfoContext Nullability = new();

    public static string Of(Assembly assembly)
    {
        var listing = new StringBuilder();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            listing.Append(Describe(type)).Append('\n');
            foreach (string member in Members(type).Order(StringComparer.Ordinal))
            {
                listing.Append("    ").Append(member).Append('\n');
            }
        }

        return listing.ToString();
    }

    private static string Describe(Type type)
    {
        string kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => (Has<IsReadOnlyAttribute>(type) ? "readonly " : string.Empty) + (type.IsByRefLike ? "ref struct" : "struct"),
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsAbstract: true } => "abstract class",
            { IsSealed: true } => "sealed class",
            _ => "class",
        };
        string[] parents =
        [
            .. type.IsEnum ? [NameOf(Enum.GetUnderlyingType(type))] : Array.Empty<string>(),
            .. type.BaseType is { } parent && parent != typeof(object) && !type.IsValueType ? [NameOf(parent)] : Array.Empty<string>(),
            .. type.GetInterfaces().Where(parent => IsVisible(parent) && !type.IsEnum).Select(NameOf).Order(StringComparer.Ordinal),
        ];
        return $"{kind} {type.FullName}{(parents.Length == 0 ? string.Empty : " : " + string.Join(", ", parents))}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{Convert.ToInt64(Enum.Parse(type, name), null):D3} {name}");
        }

        return type.GetMembers(Declared).Select(member => member switch
        {
            FieldInfo { IsSpecialName: false } field when IsVisible(field.Attributes) => Describe(field),
            ConstructorInfo constructor when IsVisible(constructor) => $"new({Parameters(constructor)})",
            PropertyInfo property when property.GetAccessors(nonPublic: true).Any(IsVisible) => Describe(property),
            EventInfo change when IsVisible(change.AddMethod!) => $"{Static(change.AddMethod!)}event {NameOf(change.EventHandlerType!)} {change.Name}",
            MethodInfo method when IsVisible(method) && !Has<CompilerGeneratedAttribute>(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) =>
                Describe(method),
            _ => string.Empty,
        }).Where(line => line.Length > 0);
    }

    private static string Describe(FieldInfo field) => field.IsLiteral
        ? $"const {NameOf(field.FieldType)} {field.Name} = {(field.GetRawConstantValue() is string text ? $"\"{text}\"" : field.GetRawConstantValue())}"
        : $"{(field.IsStatic ? "static " : string.Empty)}{NameOf(field.FieldType)} {field.Name}";

    private static string Describe(PropertyInfo property)
    {
        string accessors = string.Concat(property.GetAccessors(nonPublic: true).Where(IsVisible).Select(accessor => accessor switch
        {
            { ReturnType: var type } when type != typeof(void) => "get; ",
            _ when accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) => "init; ",
            _ => "set; ",
        }));
        string required = Has<RequiredMemberAttribute>(property) ? "required " : string.Empty;
        return $"{Static(property.GetAccessors(nonPublic: true)[0])}{required}{NameOf(property.PropertyType, Nullability.Create(property))} {property.Name} {{ {accessors}}}";
    }

    private static string Describe(MethodInfo method) =>
        $"{Static(method)}{(method.GetBaseDefinition().DeclaringType != method.DeclaringType ? "override " : string.Empty)}"
        + $"{NameOf(method.ReturnType, Nullability.Create(method.ReturnParameter))} {method.Name}({Parameters(method)})";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        string way = parameter switch
        {
            { IsOut: true } => "out ",
            { IsIn: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ => Has<ExtensionAttribute>(method) && parameter.Position == 0 ? "this " : string.Empty,
        };
        Type type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        string otherwise = parameter.HasDefaultValue ? $" = {parameter.DefaultValue switch { null => "default", bool flag => flag ? "true" : "false", var value => value }}" : string.Empty;
        return $"{way}{NameOf(type, Nullability.Create(parameter))} {parameter.Name}{otherwise}";
    }));

    private static string NameOf(Type type) => NameOf(type, null);

    private static string NameOf(Type type, NullabilityInfo? nullability)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return NameOf(value) + "?";
        }

        string mark = !type.IsValueType && (nullability?.ReadState ?? NullabilityState.Unknown) == NullabilityState.Nullable ? "?" : string.Empty;
        if (type.IsArray)
        {
            return NameOf(type.GetElementType()!) + "[]" + mark;
        }

        if (!type.IsGenericType)
        {
            return Keywords.GetValueOrDefault(type, type.Name) + mark;
        }

        IEnumerable<string> arguments = type.GetGenericArguments().Select((argument, index) =>
            NameOf(argument, nullability is { GenericTypeArguments: var inner } && index < inner.Length ? inner[index] : null));
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", arguments)}>{mark}";
    }

    private static string Static(MethodBase method) => method.IsStatic ? "static " : string.Empty;

    private static bool IsVisible(Type type) => type.IsVisible;

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsVisible(FieldAttributes attributes) =>
        (attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;

    private static bool Has<T>(MemberInfo member)
        where T : Attribute => member.IsDefined(typeof(T), inherit: false);
}
