using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Inputs;

namespace Compose.Packages.Tests.Archives;

/// <summary>
/// Servers with certificates, and proxies. What a process trusts and which proxy it uses is decided as it starts, so these tests
/// run themselves in a process of their own.
/// </summary>
public sealed class SecureServerTests : IDisposable
{
    private const string FolderVariable = "COMPOSE_TEST_SERVER";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_server_whose_certificate_is_not_trusted_is_refused()
    {
        using var certificate = MakeCertificate();
        using var server = new TestServer(certificate);
        server.Files["tool.tgz"] = [1, 2, 3];

        var e = await Fails("COMPOSE1051", new Uri(server.Address, "tool.tgz"));

        Assert.Contains("certificate", e.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Https_is_not_left_by_a_redirect()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is not { } folder)
        {
            using var made = MakeCertificate();
            File.WriteAllText(_folder["server.pem"], made.ExportCertificatePem());
            File.WriteAllBytes(_folder["server.pfx"], made.Export(X509ContentType.Pfx));
            RunAlone(nameof(Https_is_not_left_by_a_redirect), new() { ["SSL_CERT_FILE"] = _folder["server.pem"] });
            return;
        }

        using var certificate = X509CertificateLoader.LoadPkcs12FromFile(Path.Combine(folder, "server.pfx"), password: null);
        using var secure = new TestServer(certificate);
        using var plain = new TestServer();
        secure.Files["tool.tgz"] = [1, 2, 3];
        plain.Files["tool.tgz"] = [4, 5, 6];
        secure.Answer = request => request.Path switch
        {
            "down.tgz" => new TestReply(302, []) { Location = new Uri(plain.Address, "tool.tgz").AbsoluteUri },
            "across.tgz" => new TestReply(302, []) { Location = "tool.tgz" },
            _ => null,
        };
        plain.Answer = request => request.Path == "up.tgz" ? new TestReply(302, []) { Location = new Uri(secure.Address, "tool.tgz").AbsoluteUri } : null;
        using var downloader = New();

        var address = new UriBuilder(new Uri(secure.Address, "down.tgz")) { UserName = "user", Password = "secret" }.Uri;
        Assert.Contains("from https to http", (await Fails("COMPOSE1051", address)).Message, StringComparison.Ordinal);
        var e = await Assert.ThrowsAsync<DiagnosticException>(() => downloader.GetSmallAsync(address, 100, Token));
        Assert.Equal("COMPOSE1051", e.Diagnostic.Descriptor.Code);
        Assert.Empty(plain.Requests);
        Assert.Equal((byte[])[1, 2, 3], await downloader.GetSmallAsync(new Uri(secure.Address, "across.tgz"), 100, Token));
        Assert.Equal((byte[])[1, 2, 3], await downloader.GetSmallAsync(new Uri(plain.Address, "up.tgz"), 100, Token));
    }

    [Fact]
    public async Task The_password_of_a_proxy_is_in_no_message()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is null)
        {
            using var proxy = new TestServer { Answer = _ => new TestReply(403, []) };
            var address = $"http://user:secret@127.0.0.1:{proxy.Address.Port}";
            RunAlone(
                nameof(The_password_of_a_proxy_is_in_no_message),
                new() { ["https_proxy"] = address, ["HTTPS_PROXY"] = address, ["no_proxy"] = "", ["NO_PROXY"] = "" });
            Assert.Equal("upstream.example:443", proxy.Requests.First().Path);
            return;
        }

        var e = await Fails("COMPOSE1050", new Uri("https://upstream.example/tool.tgz"));

        Assert.Contains("proxy", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", Credentials.RemoveFrom(e.ToString()), StringComparison.Ordinal);
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private void RunAlone(string test, Dictionary<string, string> environment)
    {
        environment[FolderVariable] = _folder.Path;
        var output = Tool.Run("dotnet", ["exec", typeof(SecureServerTests).Assembly.Location, "--filter-method", $"*{test}"], null, environment);
        Assert.Contains("failed: 0", output, StringComparison.Ordinal);
        Assert.Contains("succeeded: 1", output, StringComparison.Ordinal);
    }

    private UpstreamDownloader New() =>
        new(new ContentStore(_folder["store"]), new DownloaderOptions { Retries = 1, RetryDelay = TimeSpan.FromMilliseconds(1) });

    private async Task<DiagnosticException> Fails(string code, Uri address)
    {
        using var downloader = New();
        var e = await Assert.ThrowsAsync<DiagnosticException>(() => downloader.GetAsync(new UpstreamRequest(address, 1 << 20), cancellationToken: Token));
        Assert.Equal($"{code} {e.Message}", $"{e.Diagnostic.Descriptor.Code} {e.Message}");
        return e;
    }
}
