using System.Diagnostics;
using Compose.Diagnostics;
using Compose.FileTrees.HostFiles;

namespace Compose.FileTrees.Tests;

public sealed class HostDirectoryTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compose-host-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_folder_is_read_without_what_belongs_to_the_build_host()
    {
        var root = _directory.CreateSubdirectory("files");
        Directory.CreateDirectory(Path.Combine(root.FullName, "usr/bin"));
        var tool = Path.Combine(root.FullName, "usr/bin/tool");
        File.WriteAllText(tool, "#!/bin/sh\n");
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(root.FullName, "usr/data"), "data");
        File.CreateSymbolicLink(Path.Combine(root.FullName, "usr/link"), "/etc/passwd");
        Directory.CreateSymbolicLink(Path.Combine(root.FullName, "usr/loop"), "..");

        var tree = HostDirectory.Read(root.FullName);

        Assert.Equal(["usr", "usr/bin", "usr/bin/tool", "usr/data", "usr/link", "usr/loop"], tree.Paths());
        Assert.True(tree.TryGet(TreePath.Parse("usr/bin/tool"), out var entry));
        Assert.Equal(EntryMetadata.Executable, entry.Metadata);
        Assert.True(tree.TryGet(TreePath.Parse("usr/data"), out entry));
        Assert.Equal(EntryMetadata.File, entry.Metadata);
        Assert.True(tree.TryGet(TreePath.Parse("usr/link"), out entry));
        Assert.Equal("/etc/passwd"u8.ToArray(), Assert.IsType<SymlinkEntry>(entry).Target.ToArray());
        Assert.Equal("data", tree.Text("usr/data"));
    }

    [Fact]
    public void A_pipe_in_a_folder_is_refused()
    {
        var pipe = Path.Combine(_directory.FullName, "pipe");
        using var process = Process.Start("mkfifo", pipe);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        var exception = Assert.Throws<DiagnosticException>(() => HostDirectory.Read(_directory.FullName));
        Assert.Contains("pipe", exception.Diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_written_folder_has_contents_modes_links_and_times()
    {
        var metadata = new EntryMetadata { Permissions = 0x140, ModifiedTime = 1_000_000_000 };
        var tree = new FileTreeBuilder()
            .Set("usr", new DirectoryEntry(metadata))
            .Set("usr/file", new FileEntry(metadata, new BytesContent("text")))
            .Set("usr/link", new SymlinkEntry("missing"))
            .Build();
        var target = Path.Combine(_directory.FullName, "out");
        Directory.CreateDirectory(Path.Combine(target, "left-over"));

        HostDirectoryWriter.Write(tree, target);

        var file = new FileInfo(Path.Combine(target, "usr/file"));
        Assert.Equal("text", File.ReadAllText(file.FullName));
        Assert.Equal((UnixFileMode)0x140, file.UnixFileMode);
        Assert.Equal(1_000_000_000, new DateTimeOffset(file.LastWriteTimeUtc).ToUnixTimeSeconds());
        Assert.Equal("missing", new FileInfo(Path.Combine(target, "usr/link")).LinkTarget);
        Assert.Equal((UnixFileMode)0x140, new DirectoryInfo(Path.Combine(target, "usr")).UnixFileMode);
        Assert.False(Directory.Exists(Path.Combine(target, "left-over")));
        Assert.Single(_directory.GetFileSystemInfos());
    }

    [Fact]
    public void What_a_folder_cannot_hold_is_a_diagnostic_and_leaves_nothing()
    {
        var exception = Assert.Throws<DiagnosticException>(() =>
            HostDirectoryWriter.Write(StorageTests.AllKinds(), Path.Combine(_directory.FullName, "out")));
        Assert.Equal("COMPOSE4904", exception.Diagnostic.Descriptor.Code);
        Assert.Empty(_directory.GetFileSystemInfos());
    }
}
