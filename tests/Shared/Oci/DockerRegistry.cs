using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Compose.Tests.Oci;

/// <summary>A token server that a registry trusts.</summary>
/// <param name="Realm">Its address.</param>
/// <param name="Issuer">What it calls itself.</param>
/// <param name="Service">What it calls the registry.</param>
/// <param name="Certificate">The certificate of the key that it signs with, in PEM.</param>
internal sealed record TrustedTokenServer(string Realm, string Issuer, string Service, string Certificate);

/// <summary>Debian's docker-registry on the loopback interface, with images that skopeo pushes.</summary>
internal sealed class DockerRegistry : IDisposable
{
    public const string User = "ann";
    public const string Password = "s3cret:word";

    private readonly string _folder = Directory.CreateTempSubdirectory("compose-registry-").FullName;
    private readonly Process _process;
    private readonly bool _hasUsers;
    private bool _isDisposed;
    private static int _portsTried;

    /// <summary>Starts it.</summary>
    /// <param name="hasUsers">Whether it wants the name and password of <see cref="User"/>.</param>
    /// <param name="tokens">Whose tokens it wants; null for none.</param>
    /// <param name="hasCertificate">Whether it is reached by https, with a certificate that nobody trusts yet.</param>
    public DockerRegistry(bool hasUsers = false, TrustedTokenServer? tokens = null, bool hasCertificate = false)
    {
        _hasUsers = hasUsers || tokens is not null;
        Host = $"127.0.0.1:{FreePort()}";
        var authentication = "";
        if (hasUsers)
        {
            File.WriteAllText(Path.Combine(_folder, "users"), ExternalTool.Run("htpasswd", "-Bbn", User, Password));
            authentication = $"auth:\n  htpasswd:\n    realm: test\n    path: {_folder}/users\n";
        }
        else if (tokens is not null)
        {
            File.WriteAllText(Path.Combine(_folder, "tokens.pem"), tokens.Certificate);
            authentication = $"auth:\n  token:\n    realm: {tokens.Realm}\n    service: {tokens.Service}\n    issuer: {tokens.Issuer}\n    rootcertbundle: {_folder}/tokens.pem\n";
        }

        var encryption = "";
        if (hasCertificate)
        {
            WriteCertificate();
            encryption = $"  tls:\n    certificate: {CertificateFile}\n    key: {KeyFile}\n";
        }

        var configuration = Path.Combine(_folder, "config.yml");
        File.WriteAllText(
            configuration,
            $"version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    rootdirectory: {_folder}/data\nhttp:\n  addr: {Host}\n{encryption}{authentication}");
        _process = Process.Start(new ProcessStartInfo(ExternalTool.Find("docker-registry"), ["serve", configuration])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        WaitUntilItListens();
    }

    /// <summary>The user's name and password, as the Docker configuration and the header <c>Authorization</c> have them.</summary>
    public static string Credentials => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{User}:{Password}"));

    /// <summary>Its certificate, in PEM.</summary>
    public string CertificateFile => Path.Combine(_folder, "certificate.pem");

    private string KeyFile => Path.Combine(_folder, "key.pem");

    /// <summary>The address and port, as the name of an image begins.</summary>
    public string Host { get; }

    /// <summary>
    /// A port for a server that cannot choose one itself. It is below those that the kernel gives to whoever asks for any, so
    /// that none of these takes it in the meantime.
    /// </summary>
    public static int FreePort()
    {
        const int first = 20000;
        const int count = 12000;
        while (true)
        {
            // Test programs that run side by side begin at different places.
            var port = first + (int)(((Environment.ProcessId * 101L) + Interlocked.Increment(ref _portsTried)) % count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // In use.
            }
        }
    }

    /// <summary>Pushes an image of a layout, for all of its platforms.</summary>
    /// <param name="layout">The layout's folder.</param>
    /// <param name="tag">The tag in the layout.</param>
    /// <param name="name">The name and tag in the registry.</param>
    /// <param name="format"><c>oci</c> or <c>v2s2</c>.</param>
    public void Push(string layout, string tag, string name, string format = "oci")
    {
        string[] login = _hasUsers ? ["--dest-creds", $"{User}:{Password}"] : [];
        ExternalTool.Run("skopeo", ["copy", "--all", "--format", format, "--dest-tls-verify=false", .. login, $"oci:{layout}:{tag}", $"docker://{Host}/{name}"]);
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } };
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    private void WaitUntilItListens()
    {
        // By http also where it wants https: it answers all the same, and says so.
        using var client = new HttpClient();
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var response = client.GetAsync($"http://{Host}/v2/").GetAwaiter().GetResult();
                return;
            }
            catch (HttpRequestException) when (tries < 200 && !_process.HasExited)
            {
                Thread.Sleep(50);
            }
        }
    }
}
