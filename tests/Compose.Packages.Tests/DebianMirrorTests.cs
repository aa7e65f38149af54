using Compose.Packages.Mirrors;

namespace Compose.Packages.Tests;

public sealed class DebianMirrorTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void The_property_comes_first_then_the_environment_then_apt()
    {
        _root.Write("etc/apt/sources.list", "deb http://apt.example/debian trixie main\n");

        Assert.Equal("http://property.example/debian/", Find("http://property.example/debian", "http://environment.example/debian"));
        Assert.Equal("http://environment.example/debian/", Find(null, "http://environment.example/debian/"));
        Assert.Equal("http://apt.example/debian/", Find("", " "));
    }

    [Theory]
    [InlineData("deb http://a.example/debian trixie main")]
    [InlineData("# deb http://no.example/debian trixie main\ndeb-src http://no.example/debian trixie main\ndeb http://a.example/debian/ trixie main contrib # main")]
    [InlineData("deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://a.example/debian stable main")]
    [InlineData("deb http://security.example/debian-security trixie-security main\ndeb http://a.example/debian bookworm main")]
    [InlineData("deb https://third.example/apt stable main\ndeb cdrom:[Debian]/ trixie main\ndeb http://a.example/debian trixie main")]
    [InlineData("deb http://third.example/debian stable main\ndeb [signed-by=/k/debian-archive-keyring.gpg] http://a.example/debian trixie main")]
    [InlineData("deb http://third.example/debian flat/ \ndeb http://a.example/debian trixie-updates main")]
    public void Lines_of_sources_list_are_read(string lines)
    {
        _root.Write("etc/apt/sources.list", lines + "\n");

        Assert.Equal("http://a.example/debian/", Find());
    }

    [Theory]
    [InlineData("Types: deb deb-src\nURIs: http://a.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n")]
    [InlineData("Types: deb\nURIs: http://no.example/debian\nSuites: trixie\nComponents: main\nEnabled: no\n\nTypes: deb\nURIs: http://a.example/debian http://b.example/debian\nSuites: trixie\nComponents: main\n")]
    [InlineData("# comment\nTypes: deb\n# comment in between\nURIs: http://a.example/debian\nSuites: trixie\nComponents:\n main\n contrib\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDME\n")]
    [InlineData("Types: deb\nURIs: http://s.example/debian-security\nSuites: trixie-security\nComponents: main\n\nTypes: deb\nURIs: http://a.example/mirror/debian/\nSuites: sid\nComponents: main\n")]
    public void Sources_files_are_read(string text)
    {
        _root.Write("etc/apt/sources.list.d/debian.sources", text);

        Assert.Matches("^http://a.example/(mirror/)?debian/$", Find());
    }

    [Fact]
    public void Files_are_read_in_order_and_others_are_not()
    {
        _root.Write("etc/apt/sources.list.d/b.list", "deb http://b.example/debian trixie main\n");
        _root.Write("etc/apt/sources.list.d/a.list", "deb http://a.example/debian trixie main\n");
        _root.Write("etc/apt/sources.list.d/0.list.save", "deb http://no.example/debian trixie main\n");

        Assert.Equal("http://a.example/debian/", Find());
    }

    [Fact]
    public void Without_a_mirror_the_diagnostic_says_how_to_set_one()
    {
        _root.Write("etc/apt/sources.list", "deb http://archive.example/ubuntu noble main\n");

        var diagnostic = Assert.Throws<DiagnosticException>(() => Find()).Diagnostic;

        Assert.Equal("COMPOSE1010", diagnostic.Descriptor.Code);
        Assert.Contains("COMPOSE_DEBIAN_MIRROR", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://a.example/debian")]
    [InlineData("a.example")]
    [InlineData("http://a.example/debian?x=1")]
    public void Addresses_that_cannot_be_used_are_refused(string address) =>
        Assert.Equal("COMPOSE1011", Assert.Throws<DiagnosticException>(() => Find(address)).Diagnostic.Descriptor.Code);

    [Theory]
    [InlineData("ftp://user:s3cret@a.example/debian")]
    [InlineData("user:s3cret@a.example/debian")]
    [InlineData("http:/user:s3cret@a.example/debian")]
    [InlineData("http://user:p/s3cret@a.example/debian")]
    [InlineData("http://user:p@s3cret@a.example/debian?x=1")]
    public void A_password_in_an_address_that_cannot_be_used_is_not_shown(string address)
    {
        var diagnostic = Assert.Throws<DiagnosticException>(() => Find(address)).Diagnostic;

        Assert.Equal("COMPOSE1011", diagnostic.Descriptor.Code);
        Assert.Contains("a.example/debian", diagnostic.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_a_mirror() => Assert.Equal("file:///srv/debian/", Find("/srv/debian"));

    [Fact]
    public void A_security_repository_has_a_mirror_of_its_own()
    {
        _root.Write("etc/apt/sources.list", "deb http://a.example/debian bookworm main\ndeb http://s.example/debian-security bookworm-security main\n");

        Assert.Equal("http://item.example/x/", FindSecurity("http://item.example/x", "http://environment.example/y"));
        Assert.Equal("http://environment.example/y/", FindSecurity(null, "http://environment.example/y"));
        Assert.Equal("http://s.example/debian-security/", FindSecurity());
    }

    [Theory]
    [InlineData("deb http://s.example/x oldstable-security main", true)]
    [InlineData("deb http://s.example/x trixie-security contrib", true)]
    [InlineData("deb http://s.example/x bookworm-security contrib", false)]
    [InlineData("deb http://s.example/debian trixie main", false)]
    [InlineData("deb http://s.example/x noble-security main", false)]
    public void A_security_mirror_is_not_made_up(string lines, bool isFound)
    {
        _root.Write("etc/apt/sources.list", lines + "\n");

        if (isFound)
        {
            Assert.Equal("http://s.example/x/", FindSecurity());
            return;
        }

        var diagnostic = Assert.Throws<DiagnosticException>(() => FindSecurity()).Diagnostic;
        Assert.Equal("COMPOSE1010", diagnostic.Descriptor.Code);
        Assert.Contains("COMPOSE_DEBIAN_MIRROR_SECURITY", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains("Mirror of the DebianRepository 'security'", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trixie-backports", "http://property.example/debian/")]
    [InlineData("trixie", "http://property.example/debian/")]
    [InlineData("special", "http://special.example/x/")]
    public void A_further_repository_is_found_by_its_suite(string suite, string expected)
    {
        _root.Write("etc/apt/sources.list", "deb http://a.example/debian trixie main\ndeb http://special.example/x special main\n");

        Assert.Equal(expected, DebianMirror.Find("more", suite, isFirst: false, null, "http://property.example/debian", _ => null, _root.Path).AbsoluteUri);
        Assert.Equal("http://property.example/debian/", DebianMirror.Find("more", suite, isFirst: true, null, "http://property.example/debian", _ => null, _root.Path).AbsoluteUri);
    }

    private string FindSecurity(string? mirror = null, string? environment = null) => DebianMirror.Find(
        "security", "trixie-security", isFirst: false, mirror, "http://property.example/debian",
        name => name == "COMPOSE_DEBIAN_MIRROR_SECURITY" ? environment : null, _root.Path).AbsoluteUri;

    private string Find(string? property = null, string? environment = null) =>
        DebianMirror.Find(property, environment, _root.Path).AbsoluteUri;
}
