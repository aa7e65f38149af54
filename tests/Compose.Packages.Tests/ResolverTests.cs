using System.Globalization;
using System.Text;
using Compose.Packages.Debian;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;

namespace Compose.Packages.Tests;

public class ResolverTests
{
    private static readonly DebianRepository s_repository = new("trixie", ["main"], "amd64");

    [Theory]
    [InlineData("a closure with a cycle", "a", "a=1 b=1 c=1", "a: b | b: c | c: a")]
    [InlineData("pre-dependencies count", "a", "a=1 b=1", "a: ~b | b:")]
    [InlineData("the first alternative", "a", "a=1 b=1", "a: b/c | b: | c:")]
    [InlineData("an alternative that is there already", "a c", "a=1 c=1", "a: b/c | b: | c:")]
    [InlineData("an alternative that something else needs", "a", "a=1 c=1 d=1", "a: b/c,d | b: | c: | d: c")]
    [InlineData("the second alternative when the first is missing", "a", "a=1 c=1", "a: x/c | c:")]
    [InlineData("the second alternative when the first lacks something", "a", "a=1 c=1", "a: b/c | b: x | c:")]
    [InlineData("the second alternative when the first has another version", "a", "a=1 c=1", "a: b (>= 2)/c | b: | c:")]
    [InlineData("a provider", "a", "a=1 b=1", "a: v | b: +v")]
    [InlineData("a package goes before a provider", "a", "a=1 v=1", "a: v | b: +v | v:")]
    [InlineData("of several providers the first by name", "a", "a=1 b=1", "a: v | c: +v | b: +v")]
    [InlineData("a provider that is there already", "a c", "a=1 c=1", "a: v | b: +v | c: +v")]
    [InlineData("a provided version", "a", "a=1 c=1", "a: v (>= 2) | b: +v | c: +v (= 2)")]
    [InlineData("a requested virtual package with one provider", "v", "b=1", "b: +v")]
    public void Dependencies_are_resolved(string what, string requests, string expected, string packages)
    {
        var resolved = Resolve(requests.Split(' '), Index(Packages(packages)));

        Assert.Equal(expected, string.Join(' ', resolved.Packages.Select(package => $"{package.Name}={package.Version}")));
        Assert.NotEmpty(what);
    }

    [Fact]
    public void The_order_of_requests_and_of_the_index_does_not_matter()
    {
        string[] paragraphs = [P("a", depends: "x | y"), P("b", depends: "y | x"), P("x"), P("y"), P("c", depends: "v"), P("d", provides: "v"), P("e", provides: "v")];
        var expected = Names(Resolve(["a", "b", "c"], Index(paragraphs)));
        var random = new Random(5);
        for (var i = 0; i < 20; i++)
        {
            random.Shuffle(paragraphs);
            string[] requests = ["a", "b", "c"];
            random.Shuffle(requests);
            Assert.Equal(expected, Names(Resolve(requests, Index(paragraphs))));
        }
    }

    [Fact]
    public void A_missing_package_shows_the_chain()
    {
        var diagnostic = Refuse(["docker.io"], P("docker.io", depends: "containerd"), P("containerd", depends: "runc (>= 1.0)"), P("runc", "0.9"));

        Assert.Equal("COMPOSE1031", diagnostic.Descriptor.Code);
        Assert.Equal("docker.io → containerd → runc (>= 1.0): not in trixie main (amd64), which has runc 0.9.", diagnostic.Message);
        Assert.Equal("docker.io", diagnostic.Item);
    }

    [Theory]
    [InlineData("Conflicts: c")]
    [InlineData("Breaks: c (<< 2)")]
    [InlineData("Conflicts: virtual")]
    public void A_conflict_shows_both_chains(string field)
    {
        var diagnostic = Refuse(["a"], P("a", depends: "b, d"), P("b", more: field), P("d", depends: "c"), P("c", provides: "virtual"));

        Assert.Equal("COMPOSE1032", diagnostic.Descriptor.Code);
        Assert.Contains("a → b", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains("a → d", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Breaks: c (<< 1)")]
    [InlineData("Conflicts: b")]
    [InlineData("Conflicts: v\nProvides: v")]
    [InlineData("Conflicts: virtual (<< 2)")]
    public void What_is_not_meant_does_not_conflict(string field) =>
        Assert.Equal("a b c", Names(Resolve(["a"], Index(P("a", depends: "b, c"), P("b", more: field), P("c", provides: "virtual")))));

    [Fact]
    public void An_alternative_that_conflicts_is_passed_over() =>
        Assert.Equal("a c", Names(Resolve(["a"], Index(P("a", depends: "b | c", more: "Conflicts: b"), P("b"), P("c")))));

    [Fact]
    public void What_is_installed_is_taken_away_and_listed_as_used()
    {
        var index = Index(P("a", depends: "b (>= 1), c | x, v, d"), P("b"), P("c"), P("d"));
        var installed = new[] { Installed("b", "2"), Installed("x", "1"), Installed("p", "1", "v") };

        var resolved = Resolver.Resolve([new PackageRequest("a"), new PackageRequest("b")], installed, [s_repository], [index]);

        Assert.Equal("a d", Names(resolved));
        Assert.Equal(["b (>= 1)", "c | x", "v"], resolved.Uses);
    }

    [Fact]
    public void An_installed_package_of_the_wrong_version_is_an_error()
    {
        var index = Index(P("a", depends: "b (>= 2)"), P("b", "2"));

        var e = Assert.Throws<DiagnosticException>(() => Resolver.Resolve([new PackageRequest("a")], [Installed("b", "1")], [s_repository], [index]));
        Assert.Equal("COMPOSE1033", e.Diagnostic.Descriptor.Code);
        Assert.Contains("a → b (>= 2): the base has b 1", e.Message, StringComparison.Ordinal);

        e = Assert.Throws<DiagnosticException>(() => Resolver.Resolve([new PackageRequest("b", "2")], [Installed("b", "1")], [s_repository], [index]));
        Assert.Equal("COMPOSE1033", e.Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void A_package_that_conflicts_with_an_installed_one_is_an_error()
    {
        var e = Assert.Throws<DiagnosticException>(() =>
            Resolver.Resolve([new PackageRequest("a")], [Installed("b", "1")], [s_repository], [Index(P("a", more: "Conflicts: b"))]));

        Assert.Equal("COMPOSE1032", e.Diagnostic.Descriptor.Code);
    }

    [Theory]
    [InlineData("26.1.5+dfsg1-9", "26.1.5+dfsg1-9")]
    [InlineData("[26.1,27)", "26.1.5+dfsg1-9")]
    [InlineData("[26,)", "1:27.0-1")]
    [InlineData("25.*", "25.0.1-1")]
    [InlineData("26.1.*", "26.1.5+dfsg1-9")]
    [InlineData("*", "1:27.0-1")]
    [InlineData("[28.0-rc1]", "28.0~rc1-1")]
    [InlineData(null, "1:27.0-1")]
    public void A_version_may_be_asked_for(string? version, string expected)
    {
        var index = Index(P("a", "26.1.5+dfsg1-9"), P("a", "25.0.1-1"), P("a", "1:27.0-1"), P("a", "28.0~rc1-1"));

        var package = Assert.Single(Resolver.Resolve([new PackageRequest("a", version)], [], [s_repository], [index]).Packages);

        Assert.Equal(expected, package.Version.ToString());
    }

    [Theory]
    [InlineData("99", "COMPOSE1031")]
    [InlineData("[99,)", "COMPOSE1031")]
    [InlineData("[1", "COMPOSE1030")]
    [InlineData("one two", "COMPOSE1030")]
    public void A_version_that_cannot_be_had_is_an_error(string version, string code)
    {
        var e = Assert.Throws<DiagnosticException>(() => Resolver.Resolve([new PackageRequest("a", version)], [], [s_repository], [Index(P("a"))]));

        Assert.Equal(code, e.Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void A_request_of_another_architecture_is_an_error()
    {
        var e = Assert.Throws<DiagnosticException>(() => Resolver.Resolve([new PackageRequest("a", null, "arm64")], [], [s_repository], [Index(P("a"))]));

        Assert.Equal("COMPOSE1030", e.Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void Two_versions_of_a_package_cannot_be_asked_for()
    {
        var index = Index(P("a"));

        Assert.Single(Resolver.Resolve([new("a", "1"), new("a", "1")], [], [s_repository], [index]).Packages);
        Assert.Equal("COMPOSE1030", Assert.Throws<DiagnosticException>(() =>
            Resolver.Resolve([new("a", "1"), new("a", "2")], [], [s_repository], [index])).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void A_virtual_package_with_several_providers_cannot_be_asked_for()
    {
        var diagnostic = Refuse(["v"], P("b", provides: "v"), P("c", provides: "v"));

        Assert.Contains("b, c", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_wants_a_package_that_allows_it()
    {
        Assert.Equal("a python3", Names(Resolve(["a"], Index(P("a", depends: "python3:any"), P("python3", more: "Multi-Arch: allowed")))));
        Assert.Equal("COMPOSE1031", Refuse(["a"], P("a", depends: "python3:any"), P("python3")).Descriptor.Code);
    }

    [Fact]
    public void Recommended_packages_come_only_when_asked_for_and_possible()
    {
        var index = Index(P("a", more: "Recommends: b, x, c"), P("b"), P("c", more: "Conflicts: a"));

        Assert.Equal("a", Names(Resolve(["a"], index)));
        Assert.Equal("a b", Names(Resolver.Resolve([new PackageRequest("a")], [], [s_repository], [index], withRecommends: true)));
    }

    [Fact]
    public void Of_several_repositories_the_newest_version_counts_and_then_the_first()
    {
        var first = Index(P("a", "1"), P("b", "2"), P("c", "1", more: "Priority: required"));
        var second = Index(P("a", "2"), P("b", "1"), P("c", "1"));

        var resolved = Resolver.Resolve([new("a"), new("b"), new("c")], [], [s_repository], [first, second]);

        Assert.Equal("a 2, b 2, c 1", string.Join(", ", resolved.Packages));
        Assert.Equal(0, resolved.Packages[2].Priority);
    }

    [Fact]
    public void A_malformed_paragraph_is_a_diagnostic_when_it_is_needed()
    {
        var index = Index(P("good"), P("bad").Replace("Size: 1", "Size: x", StringComparison.Ordinal));

        Assert.Equal("good", Names(Resolve(["good"], index)));
        Assert.Equal("COMPOSE1029", Assert.Throws<DiagnosticException>(() => Resolve(["bad"], index)).Diagnostic.Descriptor.Code);
        Assert.Throws<InvalidDataException>(() => Index("Version: 1\n"));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("pool/../../x")]
    [InlineData("http://other.example/x")]
    [InlineData("pool\\x")]
    public void A_file_name_that_leaves_the_mirror_is_refused(string name)
    {
        var index = Index(P("a").Replace("pool/a", name, StringComparison.Ordinal));

        Assert.Equal("COMPOSE1029", Assert.Throws<DiagnosticException>(() => Resolve(["a"], index)).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void An_index_of_many_paragraphs_is_read_whatever_the_buffer_s_edges()
    {
        var text = new StringBuilder("\n");
        for (var i = 0; i < 5000; i++)
        {
            text.Append(P($"p{i}", $"1.{i}", more: "X-Long: " + new string('x', i % 311))).Append(i % 7 == 0 ? "\n\n" : "\n");
        }

        var index = PackageIndex.Parse(new MemoryStream(Encoding.UTF8.GetBytes(text.ToString())), "amd64", TestContext.Current.CancellationToken);
        var again = PackageIndex.FromText(index.Text, "amd64");

        Assert.Equal((5000, 5000), (index.Count, again.Count));
        Assert.Equal("1.4999", index.Named("p4999").Single().Version.ToString());
        Assert.Equal("1.4242", again.Named("p4242").Single().Version.ToString());
    }

    private static InstalledPackage Installed(string name, string version, string? provides = null) => new(
        name, DebianVersion.Parse(version), provides is null ? [] : [new Relation(provides, null, VersionComparison.Any, null)], false);

    private static string P(string name, string version = "1", string depends = "", string provides = "", string more = "") =>
        $"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
        + (depends.Length > 0 ? $"Depends: {depends}\n" : string.Empty)
        + (provides.Length > 0 ? $"Provides: {provides}\n" : string.Empty)
        + (more.Length > 0 ? more + "\n" : string.Empty)
        + string.Create(CultureInfo.InvariantCulture, $"Filename: pool/{name}\nSize: 1\nSHA256: {new string('0', 64)}\n");

    /// <summary>Reads "a: b/c,d | b: | c: +v": names with dependencies, "/" for alternatives, "~" for pre-dependencies, "+" for provided names.</summary>
    private static string[] Packages(string text) =>
    [
        .. text.Split(" | ").Select(package =>
        {
            var colon = package.IndexOf(':', StringComparison.Ordinal);
            var parts = package[(colon + 1)..].Trim().Split(',', StringSplitOptions.RemoveEmptyEntries);
            return P(
                package[..colon],
                depends: string.Join(", ", parts.Where(part => part[0] is not ('~' or '+'))).Replace("/", " | ", StringComparison.Ordinal),
                provides: string.Join(", ", parts.Where(part => part[0] == '+').Select(part => part[1..])),
                more: string.Join('\n', parts.Where(part => part[0] == '~').Select(part => "Pre-Depends: " + part[1..])));
        }),
    ];

    private static PackageIndex Index(params string[] paragraphs) =>
        PackageIndex.Parse(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', paragraphs))), "amd64");

    private static Resolution.Resolution Resolve(IEnumerable<string> requests, PackageIndex index) =>
        Resolver.Resolve(requests.Select(name => new PackageRequest(name)), [], [s_repository], [index]);

    private static Diagnostic Refuse(string[] requests, params string[] paragraphs) =>
        Assert.Throws<DiagnosticException>(() => Resolve(requests, Index(paragraphs))).Diagnostic;

    private static string Names(Resolution.Resolution resolved) => string.Join(' ', resolved.Packages.Select(package => package.Name));
}
