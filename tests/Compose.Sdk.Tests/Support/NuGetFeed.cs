using System.IO.Compression;
using System.Text;

namespace Compose.Sdk.Tests.Support;

/// <summary>A workspace's own feed of NuGet packages, a folder, with one package: <c>Some.Native.Package</c>.</summary>
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

    /// <summary>Adds a version of the package, or writes another one over it.</summary>
    public static void Publish(Workspace workspace, string version, string text)
    {
        var path = workspace.Combine("feed", $"Some.Native.Package.{version}.nupkg");
        using var stream = File.Create(path);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create);
        Add("Some.Native.Package.nuspec", $"""
            <package><metadata>
              <id>Some.Native.Package</id><version>{version}</version><authors>nobody</authors><description>A test.</description>
            </metadata></package>
            """);
        Add("runtimes/linux-x64/native/data.txt", text);
        Add("runtimes/linux-x64/native/tool.sh", "#!/bin/sh\n");
        Add("runtimes/win-x64/native/data.txt", "not wanted\n");

        void Add(string name, string content)
        {
            using var entry = archive.CreateEntry(name).Open();
            entry.Write(Encoding.UTF8.GetBytes(content));
        }
    }
}
