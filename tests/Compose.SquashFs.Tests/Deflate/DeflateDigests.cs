namespace Compose.SquashFs.Tests.Deflate;

/// <summary>The beginnings of SHA-256 digests over the streams of a few blocks.</summary>
internal static class DeflateDigests
{
    public const string Expected = """
        version 1
        1 695e505a038813e3
        2 db5c41bb1b2062f3
        3 73e3f376777f3899
        4 e39b6e816be00924
        5 ff0e03fa103b61ea
        6 416036e3125d8828
        7 6c821efccb778a31
        8 b8f5384524631b7a
        9 826dbb9e1d256d96
        Default ff0e03fa103b61ea
        Filtered 4149179d4ff01fbb
        HuffmanOnly f5cead56529c11e2
        RunLength df9a1cd21cb39098
        Fixed 287ced952f153886
        window e31f17dc90bc414c

        """;
}
