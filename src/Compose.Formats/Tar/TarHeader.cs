namespace Compose.Formats.Tar;

/// <summary>Where the fields of a tar header are (POSIX.1-2017, pax, "ustar Interchange Format").</summary>
internal static class TarHeader
{
    public const int TypeFlag = 156;

    public static Range Name => ..100;

    public static Range Mode => 100..108;

    public static Range UserId => 108..116;

    public static Range GroupId => 116..124;

    public static Range Size => 124..136;

    public static Range ModifiedTime => 136..148;

    public static Range Checksum => 148..156;

    public static Range LinkName => 157..257;

    public static Range Magic => 257..263;

    public static Range DeviceMajor => 329..337;

    public static Range DeviceMinor => 337..345;

    public static Range Prefix => 345..500;

    /// <summary>The sum of the header's bytes with the checksum as spaces; old writers summed signed bytes.</summary>
    public static (int Unsigned, int Signed) Checksums(ReadOnlySpan<byte> block)
    {
        var unsigned = 0;
        var signed = 0;
        for (var i = 0; i < block.Length; i++)
        {
            var value = i is >= 148 and < 156 ? (byte)' ' : block[i];
            unsigned += value;
            signed += (sbyte)value;
        }

        return (unsigned, signed);
    }
}
