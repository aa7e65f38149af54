using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Web;
using Compose.Tests.Oci;

namespace Compose.Packages.Tests.ContainerImages;

/// <summary>
/// Gives tokens that Debian's docker-registry checks: JSON Web Tokens (RFC 7519) that are signed with ES256 and carry the
/// certificate of the key (Distribution, "Token Authentication Implementation"). It knows one user.
/// </summary>
internal sealed class TokenServer : IDisposable
{
    private const string Issuer = "test-issuer";
    private const string Service = "test-registry";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;
    private readonly RegistryFront _front = new();

    public TokenServer()
    {
        var now = DateTimeOffset.UtcNow;
        _certificate = new CertificateRequest("CN=test", _key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        _front.Answer = Answer;
    }

    /// <summary>What the registry has to know.</summary>
    public TrustedTokenServer Trust => new($"http://{_front.Host}/token", Issuer, Service, _certificate.ExportCertificatePem());

    /// <summary>All requests in the order of their arrival.</summary>
    public IReadOnlyList<FrontRequest> Requests => [.. _front.Requests];

    public void Dispose()
    {
        _front.Dispose();
        _certificate.Dispose();
        _key.Dispose();
    }

    private FrontReply Answer(FrontRequest request)
    {
        if (request.Authorization != $"Basic {DockerRegistry.Credentials}")
        {
            return new FrontReply(401);
        }

        var scopes = HttpUtility.ParseQueryString(new Uri($"http://{_front.Host}{request.Path}").Query).GetValues("scope") ?? [];
        return new FrontReply(200, JsonSerializer.Serialize(new { token = Token(scopes) }), ("Content-Type", "application/json"));
    }

    /// <summary>A token for what is asked for: <c>repository:NAME:pull,push</c>.</summary>
    private string Token(IEnumerable<string> scopes)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var access = scopes.Select(scope => scope.Split(':')).Select(parts => new { type = parts[0], name = parts[1], actions = parts[2].Split(',') });
        var signed = Encode(new { typ = "JWT", alg = "ES256", x5c = new[] { Convert.ToBase64String(_certificate.RawData) } })
            + "." + Encode(new { iss = Issuer, sub = DockerRegistry.User, aud = Service, exp = now + 300, nbf = now - 60, iat = now, jti = "1", access });
        return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    private static string Encode<T>(T value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
