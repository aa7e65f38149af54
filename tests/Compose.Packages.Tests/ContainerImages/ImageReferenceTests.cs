using Compose.Packages.Registries;

namespace Compose.Packages.Tests.ContainerImages;

public sealed class ImageReferenceTests
{
    [Theory]
    [InlineData("app:1")]
    [InlineData("registry.example/App:1")]
    [InlineData("registry.example/app:1:2")]
    [InlineData("registry.example/../app:1")]
    [InlineData("registry.example/app@sha256:12")]
    [InlineData("registry.example/app@sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("registry.example/app:{version}-{version}")]
    [InlineData("user@registry.example/app:1")]
    [InlineData("registry.example:port/app:1")]
    [InlineData("registry.example:99999/app:1")]
    [InlineData("registry.example/app:1\n")]
    [InlineData("registry.example/app?x=1")]
    public void What_is_no_name_of_an_image_is_refused(string text) =>
        Assert.Equal("COMPOSE1070", Assert.Throws<DiagnosticException>(() => ImageReference.Parse(text)).Diagnostic.Descriptor.Code);

    [Theory]
    [InlineData("user:s3cret@registry.example/app:1")]
    [InlineData("https://user:s3cret@registry.example/app:1")]
    public void A_name_with_a_password_is_refused_without_showing_it(string text)
    {
        var diagnostic = Assert.Throws<DiagnosticException>(() => ImageReference.Parse(text)).Diagnostic;

        Assert.DoesNotContain("s3cret", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains("'registry.example/app:1'", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("registry.example/app", "registry.example", "app", "latest")]
    [InlineData("registry.example:5000/a/b-c/d_e:V1.0_x-1", "registry.example:5000", "a/b-c/d_e", "V1.0_x-1")]
    [InlineData("localhost/app:1", "localhost", "app", "1")]
    [InlineData("[::1]:5000/app:1", "[::1]:5000", "app", "1")]
    [InlineData("registry.example/app:v{version}-slim", "registry.example", "app", "v{version}-slim")]
    [InlineData("registry.example/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "registry.example", "app", null)]
    public void A_name_of_an_image_has_its_parts(string text, string registry, string repository, string? tag)
    {
        var reference = ImageReference.Parse(text);

        Assert.Equal((registry, repository, tag), (reference.Registry, reference.Repository, reference.Tag));
        Assert.Equal(text, text.EndsWith("app", StringComparison.Ordinal) ? reference.Name : reference.ToString());
    }

    [Theory]
    [InlineData("images/app")]
    [InlineData("app.tar")]
    [InlineData("./images.d/app")]
    [InlineData("../app")]
    [InlineData("/srv/images.d/app")]
    public void A_path_is_no_name_of_an_image(string text) => Assert.False(ImageReference.IsReference(text));
}
