using System.Globalization;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Storage;

namespace Compose.FileTrees.Tests;

/// <summary>What takes its name only once it is whole: what a killed build leaves, and that nothing else is left.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compose-files-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_file_that_fails_to_be_written_leaves_the_old_one()
    {
        var path = Path.Combine(_directory.FullName, "out", "file");
        AtomicFile.Write(path, stream => stream.Write("old"u8));
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.EnumerateFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void What_a_killed_build_of_the_same_number_left_is_not_written_to()
    {
        var path = Path.Combine(_directory.FullName, "file");
        var other = Path.Combine(_directory.FullName, "other");
        File.WriteAllText(other, "of somebody else");
        File.CreateSymbolicLink(
            Path.Combine(_directory.FullName, $".file.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.partial"), other);

        AtomicFile.Write(path, stream => stream.Write("new"u8));

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal("of somebody else", File.ReadAllText(other));
        Assert.Equal(2, _directory.GetFileSystemInfos().Length);
    }

    [Fact]
    public void An_equal_file_is_not_written_again()
    {
        var path = Path.Combine(_directory.FullName, "file");
        Assert.True(AtomicFile.WriteWhenDifferent(path, "a"u8));
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        Assert.False(AtomicFile.WriteWhenDifferent(path, "a"u8));
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(path));
        Assert.True(AtomicFile.WriteWhenDifferent(path, "b"u8));
        Assert.Equal("b", File.ReadAllText(path));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10_000_000)]
    [InlineData(1L << 60)]
    public void Room_that_was_taken_and_not_used_is_given_back(long expectedSize)
    {
        var path = Path.Combine(_directory.FullName, "file");

        Assert.Equal(7, AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write("content"u8);
                return stream.Position;
            },
            expectedSize));

        Assert.Equal("content", File.ReadAllText(path));
        Assert.Single(_directory.GetFiles());
        Assert.InRange(long.Parse(ExternalTool.Run("stat", "--format=%b", path), CultureInfo.InvariantCulture), 0, 64);
    }

    [Fact]
    public void Temporary_files_of_killed_builds_go_when_they_are_old()
    {
        var store = new ContentStore(_directory.FullName);
        string[] abandoned = [Path.Combine(_directory.FullName, ".file.1.1.partial"), Path.Combine(store.PartialDirectory, "abandoned")];
        string[] recent = [Path.Combine(_directory.FullName, ".file.2.1.partial"), Path.Combine(store.PartialDirectory, "recent")];
        foreach (var file in (string[])[.. abandoned, .. recent])
        {
            File.WriteAllText(file, "");
        }

        Array.ForEach(abandoned, file => File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-2)));

        _ = new ContentStore(_directory.FullName);
        AtomicFile.Write(Path.Combine(_directory.FullName, "file"), stream => stream.Write("x"u8));

        Assert.All(abandoned, file => Assert.False(File.Exists(file)));
        Assert.All(recent, file => Assert.True(File.Exists(file)));
    }

    [Fact]
    public void Temporary_folders_of_killed_builds_go_when_they_are_old()
    {
        var abandoned = Path.Combine(_directory.FullName, ".tree.1.partial");
        var recent = Path.Combine(_directory.FullName, ".tree.2.partial");
        Directory.CreateDirectory(Path.Combine(abandoned, "usr"));
        Directory.CreateDirectory(recent);
        Directory.SetLastWriteTimeUtc(abandoned, DateTime.UtcNow.AddDays(-2));

        HostDirectoryWriter.Write(FileTree.Empty, Path.Combine(_directory.FullName, "tree"));

        Assert.False(Directory.Exists(abandoned));
        Assert.True(Directory.Exists(recent));
    }
}
