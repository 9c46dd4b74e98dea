using System.Reflection;

namespace VirtLock.TestKit.Architecture;

/// <summary>
/// Which types those of an assembly refer to: by what they derive from, hold, take and return, and by every instruction of their methods.
/// What the compiler generates (lambdas, iterators) counts for the type it was generated for. Constants are not seen: the compiler copies
/// them.
/// </summary>
internal static class TypeReferences
{
    private const BindingFlags Declared =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>From each type of the assembly to each other type of the product's.</summary>
    public static IEnumerable<TypeReference> In(Assembly assembly) => assembly.GetTypes()
        .SelectMany(
            type => Mentioned(type).SelectMany(Parts).Distinct(), (type, other) => new TypeReference(Outermost(type), Outermost(other)))
        .Where(reference => reference.From != reference.To)
        .Where(reference => reference.To.Namespace?.StartsWith("VirtLock", StringComparison.Ordinal) == true)
        .Distinct();

    private static IEnumerable<Type> Mentioned(Type type)
    {
        IEnumerable<Type> mentioned = [.. type.GetInterfaces(), .. type.GetGenericArguments().SelectMany(ConstraintsOf)];
        if (type.BaseType is { } parent)
        {
            mentioned = mentioned.Append(parent);
        }

        return mentioned
            .Concat(AttributesOf(type))
            .Concat(type.GetFields(Declared).SelectMany(field => AttributesOf(field).Append(field.FieldType)))
            .Concat(type.GetProperties(Declared).SelectMany(AttributesOf))
            .Concat(type.GetMethods(Declared).SelectMany(method => Mentioned(method, type)))
            .Concat(type.GetConstructors(Declared).SelectMany(constructor => Mentioned(constructor, type)));
    }

    private static IEnumerable<Type> Mentioned(MethodBase method, Type type)
    {
        foreach (Type mentioned in Signature(method).Concat(AttributesOf(method)))
        {
            yield return mentioned;
        }

        if (method.GetMethodBody() is not { } body)
        {
            yield break;
        }

        foreach (LocalVariableInfo local in body.LocalVariables)
        {
            yield return local.LocalType;
        }

        foreach (ExceptionHandlingClause clause in body.ExceptionHandlingClauses)
        {
            if (clause.Flags == ExceptionHandlingClauseOptions.Clause && clause.CatchType is { } caught)
            {
                yield return caught;
            }
        }

        Type[] typeArguments = type.GetGenericArguments();
        Type[] methodArguments = method.IsGenericMethodDefinition ? method.GetGenericArguments() : [];
        foreach (int token in IlTokens.In(body.GetILAsByteArray()!))
        {
            foreach (Type mentioned in Mentioned(method.Module.ResolveMember(token, typeArguments, methodArguments)!))
            {
                yield return mentioned;
            }
        }
    }

    private static IEnumerable<Type> Mentioned(MemberInfo member) => member switch
    {
        Type type => [type],
        FieldInfo field => [field.DeclaringType!, field.FieldType],
        MethodBase method => Signature(method).Append(method.DeclaringType!),
        _ => throw new NotSupportedException($"An instruction names {member}."),
    };

    private static IEnumerable<Type> Signature(MethodBase method)
    {
        IEnumerable<Type> types = method.GetParameters().Select(parameter => parameter.ParameterType);
        if (method.IsGenericMethod)
        {
            types = types.Concat(method.GetGenericArguments()).Concat(method.GetGenericArguments().SelectMany(ConstraintsOf));
        }

        return method is MethodInfo { ReturnType: var returned } ? types.Append(returned) : types;
    }

    private static Type[] ConstraintsOf(Type argument) => argument.IsGenericParameter ? argument.GetGenericParameterConstraints() : [];

    private static IEnumerable<Type> AttributesOf(MemberInfo member) => member.GetCustomAttributesData().SelectMany(attribute =>
        attribute.ConstructorArguments.Select(argument => argument.Value).OfType<Type>().Append(attribute.AttributeType));

    /// <summary>A type taken apart: what its arrays, pointers, references and generics are made of.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }

        if (type.IsFunctionPointer)
        {
            return type.GetFunctionPointerParameterTypes().Append(type.GetFunctionPointerReturnType()).SelectMany(Parts);
        }

        if (type.IsGenericParameter)
        {
            return [];
        }

        return type.IsConstructedGenericType
            ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
            : [type];
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
