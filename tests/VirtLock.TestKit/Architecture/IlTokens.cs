using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace VirtLock.TestKit.Architecture;

/// <summary>Finds the metadata tokens in a method's instructions: ECMA-335, partition III.</summary>
internal static class IlTokens
{
    private const byte TwoByteEscape = 0xFE;

    private static readonly Dictionary<ushort, OperandType> Operands = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(opcode => (ushort)opcode.Value, opcode => opcode.OperandType);

    /// <summary>The tokens of types, methods and fields, in the order of the instructions.</summary>
    public static IEnumerable<int> In(byte[] instructions)
    {
        int position = 0;
        while (position < instructions.Length)
        {
            ushort opcode = instructions[position++];
            if (opcode == TwoByteEscape)
            {
                opcode = (ushort)((opcode << 8) | instructions[position++]);
            }

            OperandType operand = Operands[opcode];
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return BinaryPrimitives.ReadInt32LittleEndian(instructions.AsSpan(position));
            }

            position += SizeOf(operand, instructions, position);
        }
    }

    private static int SizeOf(OperandType operand, byte[] instructions, int position) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(instructions.AsSpan(position))),
        _ => 4,
    };
}
