using System.Reflection;
using Compose.Packages.Tests.Support;
using Compose.Sdk.Tests.Support;

namespace Compose.Boot.Tests;

/// <summary>
/// An extension that dotnet publish put into a folder, as the image's own systemd-sysupdate sees it. It runs on this machine,
/// in the image's /usr, and asks a server on the loopback interface.
/// </summary>
public sealed class PublishedExtensionTests : IClassFixture<ImageParts>, IDisposable
{
    private const string Transfer = "etc/sysupdate.tools.d/tools.transfer";

    private readonly TemporaryDirectory _folder = new();
    private readonly TestServer _server = new();
    private readonly string _root;

    public PublishedExtensionTests(ImageParts parts)
    {
        _root = _folder["root"];
        foreach (var directory in (string[])["proc", "dev", "run", "tmp", "var/tmp", "etc/sysupdate.d", "etc/sysupdate.tools.d", "etc/extensions"])
        {
            Directory.CreateDirectory(Path.Combine(_root, directory));
        }

        ExternalTool.Run("unsquashfs", "-q", "-n", "-d", Path.Combine(_root, "usr"), parts.Usr, "lib/systemd", "lib/x86_64-linux-gnu", "lib64", "lib/os-release");
        foreach (var name in (string[])["lib", "lib64"])
        {
            File.CreateSymbolicLink(Path.Combine(_root, name), $"usr/{name}");
        }

        File.CreateSymbolicLink(Path.Combine(_root, "etc/os-release"), "../usr/lib/os-release");
    }

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Each_version_that_is_published_is_found_fetched_and_linked()
    {
        WriteProject();
        Publish("1.9");
        File.Copy(Path.Combine(_folder["published"], "tools.transfer"), Path.Combine(_root, Transfer));
        Assert.Equal("1.9", Update("--component=tools", "check-new").EnsureSuccess().Trim());
        Update("--component=tools", "update").EnsureSuccess();
        AssertInstalled("1.9", "1.9");

        // Nothing is newer: the exit code says so.
        Assert.NotEqual(0, Update("--component=tools", "check-new").ExitCode);
        Update("--component=tools", "update").EnsureSuccess();

        Publish("1.10");
        Update("--component=tools", "update").EnsureSuccess();
        AssertInstalled("1.10", "1.9", "1.10");

        // Two versions are kept.
        Publish("2.0");
        Update("--component=tools", "update").EnsureSuccess();
        AssertInstalled("2.0", "1.10", "2.0");

        // By default a signature is asked for, and there is none.
        Publish("3.0");
        File.WriteAllText(Path.Combine(_root, Transfer), File.ReadAllText(Path.Combine(_root, Transfer)).Replace("Verify=no", "Verify=yes", StringComparison.Ordinal));
        var refused = Update("--component=tools", "update");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("signature", refused.Error, StringComparison.Ordinal);
        AssertInstalled("2.0", "1.10", "2.0");

        // Without a component there is nothing, which is an error unless the transfer that does nothing is there.
        Assert.NotEqual(0, Update("update").ExitCode);
        File.Copy(Path.Combine(_folder["published"], "noop.transfer"), Path.Combine(_root, "etc/sysupdate.d/noop.transfer"));
        Update("update").EnsureSuccess();
    }

    private void AssertInstalled(string current, params string[] versions)
    {
        var folder = Path.Combine(_root, "var/lib/extensions.d");
        Assert.Equal(
            versions.Select(version => $"tools_{version}_x86-64.raw").Order(StringComparer.Ordinal),
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            $"../../var/lib/extensions.d/tools_{current}_x86-64.raw",
            new FileInfo(Path.Combine(_root, "etc/extensions/tools.raw")).LinkTarget);
        Assert.All(versions, version => Assert.Equal(
            File.ReadAllBytes(Path.Combine(_folder["published"], $"tools_{version}_x86-64.raw")),
            File.ReadAllBytes(Path.Combine(folder, $"tools_{version}_x86-64.raw"))));
    }

    /// <summary>Runs systemd-sysupdate with the image's /usr, as a root that has no power over this machine.</summary>
    private ExternalTool.Result Update(params string[] arguments)
    {
        const string script = "mount --rbind /proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" && mount -t tmpfs tmpfs \"$0/run\" && exec chroot \"$0\" /usr/lib/systemd/systemd-sysupdate \"$@\"";
        return ExternalTool.TryRun(
            "env", ["SYSTEMD_LOG_TARGET=console", "SYSTEMD_COLORS=0", "unshare", "--map-root-user", "--mount", "sh", "-c", script, _root, .. arguments]);
    }

    private void WriteProject()
    {
        var repository = Metadata("RepositoryDirectory");
        Write("nuget.config", $"""
            <configuration>
              <packageSources><clear /></packageSources>
              <fallbackPackageFolders><clear /><add key="repository" value="{Path.Combine(repository, "sdk")}" /></fallbackPackageFolders>
            </configuration>
            """);
        Write("global.json", """{ "msbuild-sdks": { "Compose.Sdk": "1.0.0-dev" } }""");
        Write("tools.sysext.csproj", $"""
            <Project Sdk="Compose.Sdk">
              <PropertyGroup>
                <ExtensionDescriptions>true</ExtensionDescriptions>
                <!-- A blank, which the address and the transfer file each write in a way of their own. -->
                <ExtensionUpdateUrl>{_server.Address}all tools/</ExtensionUpdateUrl>
                <ExtensionUpdateVerify>false</ExtensionUpdateVerify>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{Path.Combine(repository, "recipes/base/base.os.csproj")}" />
              </ItemGroup>
            </Project>
            """);
    }

    /// <summary>Publishes a version, which differs from the others, and serves the folder.</summary>
    private void Publish(string version)
    {
        Write("files/usr/share/tools/version", version);
        CommandLine.RunChecked(
            "dotnet",
            ["publish", "tools.sysext.csproj", "-nologo", "-tl:off", "-nodeReuse:false", "-c", BootImage.Configuration, $"-p:ExtensionVersion={version}", "-o", _folder["published"]],
            _folder["project"],
            DotnetEnvironment.Clean);
        foreach (var file in Directory.GetFiles(_folder["published"]))
        {
            _server.Files[$"all tools/{Path.GetFileName(file)}"] = File.ReadAllBytes(file);
        }
    }

    private void Write(string path, string text)
    {
        var file = Path.Combine(_folder["project"], path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private static string Metadata(string key) => Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}
