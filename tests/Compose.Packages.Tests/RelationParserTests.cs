using Compose.Packages.Debian;

namespace Compose.Packages.Tests;

public class RelationParserTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("a, b", "a; b")]
    [InlineData("a | b (>= 1) | c:any", "a | b (>= 1) | c:any")]
    [InlineData("a (>= 1) | b:any [amd64] <!nocheck>", "a (>= 1) | b:any")]
    [InlineData("a(<<2),b(>>1:3-1)", "a (<< 2); b (>> 1:3-1)")]
    [InlineData("a [arm64], b [!arm64], c [linux-any]", "b; c")]
    [InlineData("a [amd64 arm64]", "a")]
    [InlineData("a <nocheck>, b <!nocheck>, c <nocheck> <!stage1>", "b; c")]
    [InlineData("a [arm64] | b", "b")]
    [InlineData("a (< 1), b (> 1)", "a (<= 1); b (>= 1)")]
    [InlineData("libc6 (= 2.41-12), python3:any (>= 3.13~)", "libc6 (= 2.41-12); python3:any (>= 3.13~)")]
    [InlineData("a,\n b,", "a; b")]
    [InlineData("", "")]
    public void Relations_are_read(string field, string expected) =>
        Assert.Equal(expected, string.Join("; ", RelationParser.Parse(field, "amd64")));

    [Theory]
    [InlineData("a (1)")]
    [InlineData("a (>= )")]
    [InlineData("a (>= 1")]
    [InlineData("a b")]
    [InlineData("a | | b")]
    [InlineData("a (=> 1)")]
    [InlineData(":any")]
    public void What_is_no_relation_is_refused(string field) =>
        Assert.Throws<FormatException>(() => RelationParser.Parse(field, "amd64"));

    [Theory]
    [InlineData("a (<< 2)", "1.9", true)]
    [InlineData("a (<< 2)", "2", false)]
    [InlineData("a (<= 2)", "2", true)]
    [InlineData("a (= 2)", "2-0", true)]
    [InlineData("a (>= 2)", "2~rc1", false)]
    [InlineData("a (>> 2)", "2+1", true)]
    [InlineData("a", "0", true)]
    public void A_relation_accepts_versions(string relation, string version, bool expected) =>
        Assert.Equal(expected, RelationParser.Parse(relation, "amd64")[0].Alternatives[0].Accepts(DebianVersion.Parse(version)));
}
