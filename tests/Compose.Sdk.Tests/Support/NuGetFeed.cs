using System.IO.Compression;
using System.Text;

namespace Compose.Sdk.Tests.Support;

/// <summary>A workspace's own feed of NuGet packages, a folder.</summary>
internal static class NuGetFeed
{
    /// <summary>Makes the feed the only source. What NuGet unpacks of it is in the workspace too, in <c>packages</c>.</summary>
    public static void Configure(Workspace workspace)
    {
        Directory.CreateDirectory(workspace.Combine("feed"));
        workspace.Write("nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><clear /><add key="feed" value="feed" /></packageSources>
              <fallbackPackageFolders><clear /><add key="repository" value="{Repository.Combine("sdk")}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    /// <summary>Adds a version of the package <c>Some.Native.Package</c>, or writes another one over it.</summary>
    public static void Publish(Workspace workspace, string version, string text) => Publish(workspace, "Some.Native.Package", version, "data.txt", text);

    /// <summary>Adds a version of a package, or writes another one over it.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="name">The identifier.</param>
    /// <param name="version">The version.</param>
    /// <param name="file">The name of a native file.</param>
    /// <param name="text">What is in it.</param>
    /// <param name="dependencies">The packages that it depends on.</param>
    public static void Publish(
        Workspace workspace, string name, string version, string file, string text, params ReadOnlySpan<(string Name, string Version)> dependencies)
    {
        var path = workspace.Combine("feed", $"{name}.{version}.nupkg");
        using var stream = File.Create(path);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create);
        var depends = string.Concat(dependencies.ToArray().Select(dependency => $"""<dependency id="{dependency.Name}" version="{dependency.Version}" />"""));
        Add($"{name}.nuspec", $"""
            <package><metadata>
              <id>{name}</id><version>{version}</version><authors>nobody</authors><description>A test.</description>
              <dependencies>{depends}</dependencies>
            </metadata></package>
            """);
        Add($"runtimes/linux-x64/native/{file}", text);
        Add("runtimes/linux-x64/native/tool.sh", "#!/bin/sh\n");
        Add("runtimes/win-x64/native/data.txt", "not wanted\n");

        void Add(string entryName, string content)
        {
            using var entry = archive.CreateEntry(entryName).Open();
            entry.Write(Encoding.UTF8.GetBytes(content));
        }
    }
}
