using Compose.Packages.Inputs.ContainerImages;
using Compose.Tests.Oci;

namespace Compose.Packages.Tests.ContainerImages;

/// <summary>Registries that want to know who asks.</summary>
public sealed class RegistryLoginTests : IDisposable
{
    private const string Token = "the-token";

    private readonly ContainerImageFixture _project = new();
    private readonly LayoutFolder _layout = new();
    private DockerRegistry? _registry;
    private RegistryFront? _front;

    public RegistryLoginTests() => _layout.Image("v1", new LayerArchive().File("a", "text").ToBytes());

    private static string Auth => DockerRegistry.Credentials;

    public void Dispose()
    {
        _front?.Dispose();
        _registry?.Dispose();
        _project.Dispose();
        _layout.Dispose();
    }

    [Theory]
    [InlineData("HOST")]
    [InlineData("http://HOST")]
    [InlineData("https://HOST/v1/")]
    public async Task A_name_and_password_are_those_of_the_Docker_configuration(string key)
    {
        var request = PrivateImage();
        _project.Configure($$$"""{"auths":{"other.example":{"auth":"{{{Convert.ToBase64String("x:y"u8)}}}"},"{{{key.Replace("HOST", _registry!.Host, StringComparison.Ordinal)}}}":{"auth":"{{{Auth}}}"} }}""");

        Assert.Equal("text", ContainerImageFixture.Text(await _project.TakeAsync(request), "a"));
    }

    [Fact]
    public async Task Without_credentials_the_error_says_where_they_belong()
    {
        var diagnostic = await _project.FailsAsync("COMPOSE1072", PrivateImage());

        Assert.Contains(_project.Folder["docker", "config.json"], diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_credentials_are_refused_and_not_shown()
    {
        var request = PrivateImage();
        _project.Configure($$$"""{"auths":{"{{{_registry!.Host}}}":{"username":"ann","password":"wr0ng"} }}""");

        var diagnostic = await _project.FailsAsync("COMPOSE1072", request);

        Assert.DoesNotContain("wr0ng", diagnostic.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("ann:wr0ng"u8), diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("credHelpers")]
    [InlineData("credsStore")]
    public async Task A_credential_helper_is_asked(string key)
    {
        var request = PrivateImage();
        Helper($$"""
            read -r host
            [ "$1" = get ] && [ "$host" = "{{_registry!.Host}}" ] || { echo "credentials not found in native keychain"; exit 1; }
            echo '{"ServerURL":"","Username":"{{DockerRegistry.User}}","Secret":"{{DockerRegistry.Password}}"}'
            """);
        _project.Configure(key == "credsStore" ? """{"credsStore":"COMPOSETEST"}""" : $$$"""{"credHelpers":{"{{{_registry.Host}}}":"COMPOSETEST"}}""");

        Assert.Equal("text", ContainerImageFixture.Text(await WithHelperAsync(() => _project.TakeAsync(request)), "a"));
    }

    [Theory]
    [InlineData("echo 's3cret'; exit 1", "ended with 1")]
    [InlineData("echo 'no JSON s3cret'", "malformed")]
    [InlineData("sleep 60", "did not end")]
    [InlineData("cat /dev/zero", "too long")]
    public async Task A_credential_helper_that_fails_is_an_error_without_its_words(string script, string reason)
    {
        var request = PrivateImage();
        Helper(script);
        _project.HelperTimeout = TimeSpan.FromSeconds(script.StartsWith("sleep", StringComparison.Ordinal) ? 0.5 : 20);
        _project.Configure("""{"credsStore":"COMPOSETEST"}""");

        var diagnostic = await WithHelperAsync(() => _project.FailsAsync("COMPOSE1073", request));

        Assert.Contains(reason, diagnostic.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_credential_helper_does_not_know_the_file_may_have()
    {
        var request = PrivateImage();
        Helper("echo 'credentials not found in native keychain'; exit 1");
        _project.Configure($$$"""{"credsStore":"COMPOSETEST","auths":{"{{{_registry!.Host}}}":{"auth":"{{{Auth}}}"} }}""");

        Assert.Equal("text", ContainerImageFixture.Text(await WithHelperAsync(() => _project.TakeAsync(request)), "a"));
    }

    [Fact]
    public async Task A_credential_helper_may_keep_an_identity_token()
    {
        var request = TokenImage(request => request is { Method: "POST", Authorization: null }
            && request.Body.Contains("refresh_token=the-identity", StringComparison.Ordinal));
        Helper("""echo '{"ServerURL":"","Username":"<token>","Secret":"the-identity"}'""");
        _project.Configure("""{"credsStore":"COMPOSETEST"}""");

        Assert.Equal("text", ContainerImageFixture.Text(await WithHelperAsync(() => _project.TakeAsync(request)), "a"));
    }

    [Theory]
    [InlineData("""{"credsStore":"../../bin/sh"}""")]
    [InlineData("""{"credsStore":"not-there"}""")]
    [InlineData("""{"auths":{"HOST":{"auth":"bm8gY29sb24="} }}""")]
    [InlineData("""{"auths":{"HOST":{"auth":"%%%"} }}""")]
    [InlineData("""{"auths":""")]
    public async Task A_configuration_that_cannot_be_used_is_an_error(string json)
    {
        var request = PrivateImage();
        _project.Configure(json.Replace("HOST", _registry!.Host, StringComparison.Ordinal));

        await _project.FailsAsync("COMPOSE1073", request);
    }

    [Fact]
    public async Task A_token_server_gets_the_password_and_the_registry_the_token()
    {
        var request = TokenImage(request => request.Authorization == $"Basic {Auth}");
        _project.Configure($$$"""{"auths":{"{{{_front!.Host}}}":{"auth":"{{{Auth}}}"} }}""");

        Assert.Equal("text", ContainerImageFixture.Text(await _project.TakeAsync(request), "a"));

        var asked = Assert.Single(_front.Requests, request => request.Path.StartsWith("/token", StringComparison.Ordinal));
        Assert.Contains("scope=repository%3Aapp%3Apull", asked.Path, StringComparison.Ordinal);
        Assert.Contains("service=the%20service", asked.Path, StringComparison.Ordinal);
        Assert.All(
            _front.Requests.Where(request => !request.Path.StartsWith("/token", StringComparison.Ordinal)),
            request => Assert.Contains(request.Authorization, new[] { null, $"Bearer {Token}" }));
        Assert.Single(_front.Requests, request => request.Authorization is null);
    }

    [Fact]
    public async Task A_real_registry_takes_the_token_that_its_token_server_gives()
    {
        using var tokens = new TokenServer();
        _registry = new DockerRegistry(tokens: tokens.Trust);
        _registry.Push(_layout.Path, "v1", "team/app:1.4.2");
        var request = _project.Request($"{_registry.Host}/team/app:{{version}}", "1.*");
        await _project.FailsAsync("COMPOSE1072", request);
        var before = tokens.Requests.Count;
        _project.Configure($$$"""{"auths":{"{{{_registry.Host}}}":{"auth":"{{{Auth}}}"} }}""");

        Assert.Equal("text", ContainerImageFixture.Text(await _project.TakeAsync(request), "a"));

        // One token, for no more than is needed, is enough for tags, manifest, configuration and layer.
        var asked = Assert.Single(tokens.Requests.Skip(before));
        Assert.Equal("GET", asked.Method);
        Assert.Contains("scope=repository%3Ateam%2Fapp%3Apull", asked.Path, StringComparison.Ordinal);
        Assert.DoesNotContain("push", asked.Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_server_may_know_nobody()
    {
        var request = TokenImage(request => request.Authorization is null);

        Assert.Equal("text", ContainerImageFixture.Text(await _project.TakeAsync(request), "a"));
    }

    [Fact]
    public async Task An_identity_token_gives_access_tokens()
    {
        var request = TokenImage(request => request is { Method: "POST", Authorization: null }
            && request.Body.Contains("grant_type=refresh_token", StringComparison.Ordinal) && request.Body.Contains("refresh_token=the-identity", StringComparison.Ordinal));
        _project.Configure($$$"""{"auths":{"{{{_front!.Host}}}":{"auth":"{{{Convert.ToBase64String("00000000-0000-0000-0000-000000000000:"u8)}}}","identitytoken":"the-identity"} }}""");

        Assert.Equal("text", ContainerImageFixture.Text(await _project.TakeAsync(request), "a"));
    }

    [Fact]
    public async Task A_registry_token_goes_to_the_registry_as_it_is()
    {
        var request = TokenImage(_ => false);
        _project.Configure($$$"""{"auths":{"{{{_front!.Host}}}":{"registrytoken":"{{{Token}}}"} }}""");

        Assert.Equal("text", ContainerImageFixture.Text(await _project.TakeAsync(request), "a"));

        Assert.DoesNotContain(_front.Requests, request => request.Path.StartsWith("/token", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_server_that_redirects_takes_no_credentials_elsewhere()
    {
        using var elsewhere = new RegistryFront();
        var request = TokenImage(_ => true);
        var inner = _front!.Answer!;
        _front.Answer = request => request.Path.StartsWith("/token", StringComparison.Ordinal)
            ? new FrontReply(307, "", ("Location", $"http://{elsewhere.Host}{request.Path}"))
            : inner(request);
        _project.Configure($$$"""{"auths":{"{{{_front.Host}}}":{"auth":"{{{Auth}}}"} }}""");

        await _project.FailsAsync("COMPOSE1072", request);

        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_token_that_expires_is_renewed()
    {
        var request = TokenImage(_ => true);
        var inner = _front!.Answer!;
        var requests = 0;
        _front.Answer = request => request.Path.Contains("/blobs/", StringComparison.Ordinal) && ++requests == 1
            ? Challenge(_front.Host)
            : inner(request);

        Assert.Equal("text", ContainerImageFixture.Text(await _project.TakeAsync(request), "a"));
        Assert.Equal(2, _front.Requests.Count(request => request.Path.StartsWith("/token", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("http://token.example/token")]
    [InlineData("ftp://127.0.0.1/token")]
    [InlineData("https://user:password@127.0.0.1/token")]
    [InlineData("no address")]
    public async Task A_token_server_that_would_leak_credentials_gets_none(string realm)
    {
        _front = new RegistryFront { Answer = _ => new FrontReply(401, "", ("WWW-Authenticate", $"Bearer realm=\"{realm}\",service=\"s\"")) };
        _project.Configure($$$"""{"auths":{"{{{_front.Host}}}":{"auth":"{{{Auth}}}"} }}""");

        await _project.FailsAsync("COMPOSE1072", _project.Request($"{_front.Host}/app:1"));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_token_server_that_refuses_is_an_error(int status)
    {
        var request = TokenImage(_ => false, status);
        _project.Configure($$$"""{"auths":{"{{{_front!.Host}}}":{"auth":"{{{Auth}}}"} }}""");

        var diagnostic = await _project.FailsAsync("COMPOSE1072", request);

        Assert.DoesNotContain(DockerRegistry.Password, diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirection_takes_no_permission_to_another_host()
    {
        var request = TokenImage(_ => true);
        using var storage = new RegistryFront(_registry!.Host);
        var inner = _front!.Answer!;
        _front.Answer = request => request.Path.Contains("/blobs/", StringComparison.Ordinal) && request.Authorization is not null
            ? new FrontReply(307, "", ("Location", $"http://{storage.Host}{request.Path}?signature=1"))
            : inner(request);

        Assert.Equal("text", ContainerImageFixture.Text(await _project.TakeAsync(request), "a"));
        Assert.NotEmpty(storage.Requests);
        Assert.All(storage.Requests, request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task A_host_that_is_redirected_to_and_asks_for_a_password_gets_none()
    {
        var request = TokenImage(_ => true);
        _project.Configure($$$"""{"auths":{"{{{_front!.Host}}}":{"auth":"{{{Auth}}}"} }}""");
        using var storage = new RegistryFront { Answer = _ => new FrontReply(401, "", ("WWW-Authenticate", "Basic realm=\"x\"")) };
        var inner = _front.Answer!;
        _front.Answer = request => request.Path.Contains("/blobs/", StringComparison.Ordinal) && request.Authorization is not null
            ? new FrontReply(307, "", ("Location", $"http://{storage.Host}{request.Path}"))
            : inner(request);

        await _project.FailsAsync("COMPOSE1051", request);

        Assert.NotEmpty(storage.Requests);
        Assert.All(storage.Requests, request => Assert.Null(request.Authorization));
    }

    private static FrontReply Challenge(string host) =>
        new(401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{host}/token\",service=\"the service\",scope=\"repository:other:push\""));

    private ContainerImageRequest PrivateImage()
    {
        _registry = new DockerRegistry(hasUsers: true);
        _registry.Push(_layout.Path, "v1", "app:1");
        return _project.Request($"{_registry.Host}/app:1");
    }

    /// <summary>An image of a real registry behind a server that wants a token of its own token server.</summary>
    private ContainerImageRequest TokenImage(Func<FrontRequest, bool> isKnown, int refusal = 401)
    {
        _registry = new DockerRegistry();
        _registry.Push(_layout.Path, "v1", "app:1");
        _front = new RegistryFront(_registry.Host);
        _front.Answer = request =>
            request.Path.StartsWith("/token", StringComparison.Ordinal)
                ? isKnown(request) ? new FrontReply(200, $$"""{"{{(request.Method == "POST" ? "access_token" : "token")}}":"{{Token}}"}""") : new FrontReply(refusal)
                : request.Authorization == $"Bearer {Token}" ? null : Challenge(_front.Host);
        return _project.Request($"{_front.Host}/app:1");
    }

    private void Helper(string script)
    {
        var path = _project.Folder.Write("bin/docker-credential-COMPOSETEST", $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Runs with the helper's folder in the path. The program's name is no other test's.</summary>
    private async Task<T> WithHelperAsync<T>(Func<Task<T>> action)
    {
        var path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", $"{_project.Folder["bin"]}:{path}");
        try
        {
            return await action();
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }
}
