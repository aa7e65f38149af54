using System.Security.Cryptography;
using System.Text.Json;
using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>Builds of a content store in which something was damaged, or from which it was taken out.</summary>
public sealed class DamagedStoreTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";
    private const string HelloPackage = "hello_1.0_amd64.deb";

    /// <summary>The contents are read, and not the compressed blocks of an earlier build.</summary>
    private const string WithoutBlocks = "-p:ComposeBlockCacheSize=0";

    [Fact]
    public void What_is_damaged_is_noticed_by_the_build_not_used_and_fetched_again()
    {
        using var workspace = fixture.CreateWorkspace();
        using var mirror = new Mirror(fixture.Archive.Root);
        var (image, expected) = Prepare(workspace, mirror);
        DamageHello(workspace);

        var damaged = workspace.Build(Hello, "-t:Rebuild", WithoutBlocks);

        Assert.NotEqual(0, damaged.ExitCode);
        Assert.Matches("error COMPOSE4(004|905): .* was damaged in the content store", damaged.Output);
        Assert.False(File.Exists(image));
        Assert.Empty(mirror.Packages);

        workspace.BuildChecked(Hello, WithoutBlocks);
        Assert.Equal([HelloPackage], mirror.Packages);
        Assert.Equal(expected, File.ReadAllBytes(image));
    }

    [Fact]
    public void What_the_cache_commands_take_out_is_fetched_again()
    {
        using var workspace = fixture.CreateWorkspace();
        using var mirror = new Mirror(fixture.Archive.Root);
        var (image, expected) = Prepare(workspace, mirror);
        DamageHello(workspace);

        var verify = Cache(workspace, "verify");
        Assert.Equal(1, verify.ExitCode);
        Assert.Contains("(hello 1.0)", verify.Output, StringComparison.Ordinal);
        workspace.BuildChecked(Hello, "-t:Rebuild", WithoutBlocks);
        Assert.Equal([HelloPackage], mirror.Packages);
        Assert.Equal(expected, File.ReadAllBytes(image));
        Assert.Equal(0, Cache(workspace, "verify").ExitCode);

        mirror.Server.Requests.Clear();
        Assert.Equal(0, Cache(workspace, "prune", "--size", "0", "--include-recent").ExitCode);
        using (var info = JsonDocument.Parse(Cache(workspace, "info", "--json").Output))
        {
            Assert.Equal(0, info.RootElement.GetProperty("kinds").GetProperty("downloads").GetProperty("files").GetInt32());
            Assert.Equal(0, info.RootElement.GetProperty("kinds").GetProperty("unpacked").GetProperty("files").GetInt32());
        }

        workspace.BuildChecked(Hello, "-t:Rebuild", WithoutBlocks);
        Assert.Equal(5, mirror.Packages.Count);
        Assert.Equal(5, mirror.Packages.Distinct().Count());
        Assert.Equal(expected, File.ReadAllBytes(image));
    }

    /// <summary>Builds the extension, and gives its image.</summary>
    private static (string Path, byte[] Bytes) Prepare(Workspace workspace, Mirror mirror)
    {
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.SetMirror(mirror);
        workspace.BuildChecked(Hello, WithoutBlocks);
        mirror.Server.Requests.Clear();
        var image = workspace.Combine("hello", "bin", "Debug", "hello.raw");
        return (image, File.ReadAllBytes(image));
    }

    /// <summary>Flips a bit in the package as it came, and one in the program that was in it.</summary>
    private void DamageHello(Workspace workspace)
    {
        foreach (var content in (byte[][])[File.ReadAllBytes(Path.Combine(fixture.Archive.Root, "pool", HelloPackage)), "#!/bin/sh\necho hello\n"u8.ToArray()])
        {
            var digest = Convert.ToHexStringLower(SHA256.HashData(content));
            var path = workspace.Combine("cache", "blobs", digest[..2], digest[2..]);
            Assert.Equal(content, File.ReadAllBytes(path));
            content[content.Length / 2] ^= 1;
            File.WriteAllBytes(path, content);
        }
    }

    private static CommandResult Cache(Workspace workspace, params ReadOnlySpan<string> arguments) =>
        workspace.Compose(["cache", .. arguments, "--directory", workspace.Combine("cache")]);
}
