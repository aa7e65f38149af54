using System.Text;
using Compose.Packages.Debian;

namespace Compose.Packages.Tests;

public class DebianVersionTests
{
    [Theory]
    [InlineData("1.0", "1.0", 0)]
    [InlineData("0:1.0", "1.0", 0)]
    [InlineData("1.0-0", "1.0", 0)]
    [InlineData("1.00", "1.0", 0)]
    [InlineData("1.0", "1.1", -1)]
    [InlineData("1.9", "1.10", -1)]
    [InlineData("1.0~rc1", "1.0", -1)]
    [InlineData("1.0~~", "1.0~", -1)]
    [InlineData("1.0~~a", "1.0~", -1)]
    [InlineData("1.0", "1.0a", -1)]
    [InlineData("1.0a", "1.0+", -1)]
    [InlineData("1.0Z", "1.0a", -1)]
    [InlineData("1.0+dfsg", "1.0.1", -1)]
    [InlineData("2:1", "10", 1)]
    [InlineData("1.0-1", "1.0-2", -1)]
    [InlineData("1.0-1", "1.0-1~bpo12+1", 1)]
    [InlineData("1.0-1+b1", "1.0-1", 1)]
    [InlineData("1-2-3", "1-2-4", -1)]
    [InlineData("26.1.5+dfsg1-9+deb13u1", "26.1.5+dfsg1-9", 1)]
    [InlineData("99999999999999999999999", "100000000000000000000000", -1)]
    public void Versions_are_ordered_as_policy_says(string left, string right, int expected)
    {
        Assert.Equal(expected, Math.Sign(DebianVersion.Parse(left).CompareTo(DebianVersion.Parse(right))));
        Assert.Equal(-expected, Math.Sign(DebianVersion.Parse(right).CompareTo(DebianVersion.Parse(left))));
        Assert.Equal(expected == 0, DebianVersion.Parse(left) == DebianVersion.Parse(right));
    }

    [Theory]
    [InlineData("1:2.3~rc1-4", 1u, "2.3~rc1", "4")]
    [InlineData("2.3", 0u, "2.3", "")]
    [InlineData("2.3-4-5", 0u, "2.3-4", "5")]
    public void A_version_has_three_parts(string text, uint epoch, string upstream, string revision)
    {
        var version = DebianVersion.Parse(text);

        Assert.Equal((epoch, upstream, revision, text), (version.Epoch, version.Upstream, version.Revision, version.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1-")]
    [InlineData("a:1")]
    [InlineData(":1")]
    [InlineData("1:")]
    [InlineData("1 2")]
    [InlineData("1.0_2")]
    [InlineData("9999999999:1")]
    public void What_is_no_version_is_refused(string text) => Assert.False(DebianVersion.TryParse(text, out _));

    [Fact]
    public void Equal_versions_have_equal_hashes() =>
        Assert.Equal(DebianVersion.Parse("0:1.00-0").GetHashCode(), DebianVersion.Parse("1.0").GetHashCode());

    [Fact]
    public void Generated_versions_are_ordered_as_dpkg_orders_them()
    {
        var random = new Random(20261123);
        var pairs = Enumerable.Range(0, 300).Select(_ => Pair(random)).ToArray();
        const string Script = """
            while read -r a b; do
              if dpkg --compare-versions "$a" lt "$b"; then echo -1
              elif dpkg --compare-versions "$a" eq "$b"; then echo 0
              else echo 1; fi
            done
            """;
        var answers = Tool.Run("sh", ["-c", Script], string.Concat(pairs.Select(pair => $"{pair.Left} {pair.Right}\n"))).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(pairs.Length, answers.Length);
        foreach (var (pair, answer) in pairs.Zip(answers))
        {
            var actual = Math.Sign(DebianVersion.Parse(pair.Left).CompareTo(DebianVersion.Parse(pair.Right)));
            Assert.Equal($"{pair} {answer}", $"{pair} {actual}");
        }
    }

    /// <summary>Two versions that differ in little, so that the fine rules decide.</summary>
    private static (string Left, string Right) Pair(Random random)
    {
        var left = Version(random);
        if (random.Next(3) == 0)
        {
            return (left, Version(random));
        }

        var right = new StringBuilder(left);
        right.Insert(random.Next(1, right.Length + 1), Piece(random));
        return DebianVersion.TryParse(right.ToString(), out _) ? (left, right.ToString()) : (left, left);
    }

    private static string Version(Random random)
    {
        var text = new StringBuilder(random.Next(4) == 0 ? $"{random.Next(3)}:" : string.Empty).Append(random.Next(12));
        for (var pieces = random.Next(4); pieces > 0; pieces--)
        {
            text.Append(Piece(random));
        }

        return random.Next(2) == 0 ? text.ToString() : text.Append('-').Append(random.Next(12)).Append(random.Next(2) == 0 ? "~bpo1" : "+b2").ToString();
    }

    private static string Piece(Random random)
    {
        string[] pieces = [".", "~", "+", "a", "Z", "0", "1", "09", ".1", "~rc1", "+dfsg", "~~", "b~"];
        return pieces[random.Next(pieces.Length)];
    }
}
