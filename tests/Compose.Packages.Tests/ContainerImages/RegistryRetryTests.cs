using Compose.Packages.Inputs.ContainerImages;
using Compose.Packages.Registries;
using Compose.Tests.Oci;

namespace Compose.Packages.Tests.ContainerImages;

/// <summary>Registries that say when they may be asked again.</summary>
public sealed class RegistryRetryTests : IDisposable
{
    private readonly ContainerImageFixture _project = new();
    private readonly LayoutFolder _layout = new();
    private readonly DockerRegistry _registry = new();
    private readonly RegistryFront _front;
    private readonly SkippingClock _clock = new();

    public RegistryRetryTests()
    {
        _layout.Image("v1", new LayerArchive().File("a", "text").ToBytes());
        _registry.Push(_layout.Path, "v1", "app:1");
        _front = new RegistryFront(_registry.Host);
    }

    public void Dispose()
    {
        _front.Dispose();
        _registry.Dispose();
        _project.Dispose();
        _layout.Dispose();
    }

    [Theory]
    [InlineData("/manifests/", 429)]
    [InlineData("/blobs/", 503)]
    public async Task A_registry_that_is_asked_too_often_is_asked_again_when_it_says(string part, int status)
    {
        var isFirst = true;
        _front.Answer = request =>
        {
            var isBusy = isFirst && request.Path.Contains(part, StringComparison.Ordinal);
            isFirst &= !isBusy;
            return isBusy ? new FrontReply(status, "", ("Retry-After", "7")) : null;
        };

        await RestoreAsync();

        Assert.Equal([TimeSpan.FromSeconds(7)], _clock.Waits);
    }

    [Fact]
    public async Task A_token_server_that_is_asked_too_often_is_asked_again_when_it_says()
    {
        var asked = 0;
        _front.Answer = request =>
            request.Path.StartsWith("/token", StringComparison.Ordinal)
                ? asked++ == 0 ? new FrontReply(429, "", ("Retry-After", "9")) : new FrontReply(200, """{"token":"t"}""")
                : request.Authorization == "Bearer t" ? null : new FrontReply(401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{_front.Host}/token\",service=\"s\""));

        await RestoreAsync();

        Assert.Equal([TimeSpan.FromSeconds(9)], _clock.Waits);
    }

    [Fact]
    public async Task A_registry_that_wants_to_be_left_alone_for_long_is_an_error_that_says_so()
    {
        _front.Answer = _ => new FrontReply(429, "", ("Retry-After", "3600"));

        var failure = (await Assert.ThrowsAsync<DiagnosticException>(RestoreAsync)).Diagnostic;

        Assert.Equal("COMPOSE1051", failure.Descriptor.Code);
        Assert.Contains("the registry answered 429", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Retry-After: 3600", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_clock.Waits);
        Assert.Single(_front.Requests);
    }

    private Task RestoreAsync() => _project.RestoreAsync(
        input => input with { Registries = input.Registries with { Downloads = input.Registries.Downloads with { Clock = _clock } } },
        _project.Request($"{_front.Host}/app:1"));
}
