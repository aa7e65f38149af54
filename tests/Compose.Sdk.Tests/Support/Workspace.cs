using System.Diagnostics;
using System.Text.Json;

namespace Compose.Sdk.Tests.Support;

/// <summary>A folder with projects as a user has it, outside the repository, with a content store of its own.</summary>
public sealed class Workspace : IDisposable
{
    private readonly SdkFixture _fixture;
    private readonly SdkForm _form;

    internal Workspace(SdkFixture fixture, SdkForm form)
    {
        _fixture = fixture;
        _form = form;
        var feed = form == SdkForm.Package ? $"""<add key="feed" value="{fixture.Package.Feed}" />""" : "";
        var fallback = form == SdkForm.Repository ? $"""<add key="repository" value="{Repository.Combine("sdk")}" />""" : "";
        Write("nuget.config", $"""
            <configuration>
              <packageSources><clear />{feed}</packageSources>
              <fallbackPackageFolders><clear />{fallback}</fallbackPackageFolders>
            </configuration>
            """);
        Write("global.json", """{ "msbuild-sdks": { "Compose.Sdk": "1.0.0-dev" } }""");
        Write("Directory.Build.props", $"""
            <Project>
              <PropertyGroup>
                <ComposeCacheDirectory>{Combine("cache")}</ComposeCacheDirectory>
                <DebianMirror>{fixture.Archive.Mirror}</DebianMirror>
              </PropertyGroup>
              <ItemGroup>
                <DebianRepository Include="test" Suite="testing" Components="main" Keys="{fixture.Archive.Key}" />
              </ItemGroup>
            </Project>
            """);
    }

    /// <summary>The folder.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("compose-workspace-").FullName;

    /// <summary>What commands find in their environment, beside what this process has.</summary>
    internal Dictionary<string, string?> Environment { get; } = [];

    /// <summary>A path in the folder.</summary>
    public string Combine(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    /// <summary>Writes a file.</summary>
    public void Write(string path, string text)
    {
        var file = Combine(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    /// <summary>Writes a project.</summary>
    public void WriteProject(string path, string content) => Write(path, $"""
        <Project Sdk="Compose.Sdk">
        {content}
        </Project>
        """);

    /// <summary>A base system of the archive's packages.</summary>
    public void WriteBase() => WriteProject("base/base.os.csproj", """
          <PropertyGroup>
            <OsId>tiny-os</OsId>
            <OsVersionId>1.0</OsVersionId>
            <OsSysextLevel>1</OsSysextLevel>
          </PropertyGroup>
          <ItemGroup>
            <DebianPackage Include="systemd;linux-image-tiny;systemd-boot-efi" />
            <InitrdPackage Include="systemd" />
          </ItemGroup>
        """);

    /// <summary>The base gets this machine's C and C++ libraries, which .NET's programs are linked with.</summary>
    public void WriteBaseLibraries()
    {
        const string libraries = "usr/lib/x86_64-linux-gnu";
        string[] names = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1", "libstdc++.so.6"];
        foreach (var path in names.Select(name => $"{libraries}/{name}").Append("usr/lib64/ld-linux-x86-64.so.2"))
        {
            var copy = Combine("base", "files", path);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy("/" + path, copy);
        }
    }

    /// <summary>An extension of the package hello, with a file of its own.</summary>
    public void WriteHello()
    {
        WriteProject("hello/hello.sysext.csproj", """
              <ItemGroup>
                <DebianPackage Include="hello" />
                <SystemdUnit Include="hello.service" UpheldBy="multi-user.target" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        Write("hello/files/usr/share/hello/greeting.txt", "good day\n");
    }

    /// <summary>Lets projects take their packages of a mirror that counts.</summary>
    internal void SetMirror(Mirror mirror)
    {
        var path = Combine("Directory.Build.props");
        File.WriteAllText(path, File.ReadAllText(path).Replace("</PropertyGroup>", $"  <DebianMirror>{mirror.Server.Address.AbsoluteUri}</DebianMirror>\n  </PropertyGroup>", StringComparison.Ordinal));
    }

    /// <summary>Starts a command of dotnet that is not to end by itself.</summary>
    internal Process Start(params ReadOnlySpan<string> arguments) =>
        CommandLine.Start("dotnet", arguments.ToArray(), Root, Variables, static (_, _) => { });

    /// <summary>Runs the compose command.</summary>
    internal CommandResult Compose(params ReadOnlySpan<string> arguments) =>
        Dotnet(["exec", Path.Combine(AppContext.BaseDirectory, "compose.dll"), .. arguments]);

    /// <summary>Runs a command of dotnet.</summary>
    internal CommandResult Dotnet(params ReadOnlySpan<string> arguments) => Run("dotnet", arguments);

    /// <summary>Runs a command of dotnet where no network can be reached, not even this machine's own.</summary>
    internal CommandResult DotnetWithoutNetwork(params ReadOnlySpan<string> arguments) =>
        Run("unshare", ["--net", "--map-root-user", "dotnet", .. arguments]);

    private CommandResult Run(string program, params ReadOnlySpan<string> arguments) => CommandLine.Run(program, arguments.ToArray(), Root, Variables);

    private Dictionary<string, string?> Variables
    {
        get
        {
            var variables = new Dictionary<string, string?>(DotnetEnvironment.Clean) { ["DOTNET_CLI_UI_LANGUAGE"] = "en" };
            if (_form == SdkForm.Package)
            {
                variables["NUGET_PACKAGES"] = _fixture.Package.PackagesFolder;
            }

            foreach (var (name, value) in Environment)
            {
                variables[name] = value;
            }

            return variables;
        }
    }

    /// <summary>Builds a project.</summary>
    internal CommandResult Build(string project, params ReadOnlySpan<string> arguments) =>
        Dotnet(["build", project, "-nologo", "-tl:off", "-nodeReuse:false", .. arguments]);

    /// <summary>Builds a project that has to succeed.</summary>
    internal string BuildChecked(string project, params ReadOnlySpan<string> arguments)
    {
        var result = Build(project, arguments);
        Assert.True(result.ExitCode == 0, $"The build of {project} ended with {result.ExitCode}:\n{result.Output}");
        return result.Output;
    }

    /// <summary>Lists projects in a solution.</summary>
    internal void WriteSolution(string path, params ReadOnlySpan<string> projects) =>
        Write(path, $"<Solution>\n{string.Concat(projects.ToArray().Select(project => $"  <Project Path=\"{project}\" />\n"))}</Solution>\n");

    /// <summary>All files below a folder with the time of their last change, but for the content store's.</summary>
    internal IReadOnlyDictionary<string, DateTime> Snapshot() =>
        new DirectoryInfo(Root).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => !file.FullName.StartsWith(Combine("cache") + "/partial", StringComparison.Ordinal))
            .ToDictionary(file => Path.GetRelativePath(Root, file.FullName), file => file.LastWriteTimeUtc, StringComparer.Ordinal);

    /// <summary>What a project's lock file says.</summary>
    internal JsonDocument ReadLock(string directory) => JsonDocument.Parse(File.ReadAllText(Combine(directory, "compose.lock.json")));

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Root, recursive: true);
}
