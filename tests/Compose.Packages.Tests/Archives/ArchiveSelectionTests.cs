using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Packages.Inputs.Archives;

namespace Compose.Packages.Tests.Archives;

public sealed class ArchiveSelectionTests
{
    private static readonly UnpackedArchive s_archive = new(
        new FileTreeBuilder()
            .Set("docker", new DirectoryEntry(EntryMetadata.Directory with { UserId = 1000 }))
            .Set("docker/dockerd", File("dockerd", 0x1ED))
            .Set("docker/docker", File("docker", 0x9ED))
            .Set("docker/docs/README", File("readme", 0x1A4))
            .Set("docker/link", new SymlinkEntry("docker"))
            .Set("LICENSE", File("license", 0x1A4))
            .Link(TreePath.Parse("docker/alias"), TreePath.Parse("docker/dockerd"))
            .Build(),
        IsSingleFile: false);

    private static readonly UnpackedArchive s_single = new(new FileTreeBuilder().Set("file", File("kubectl", 0x1A4)).Build(), IsSingleFile: true);

    public static TheoryData<string, int, string?, string?, string?, string?, string> Selections => new()
    {
        { "all", 0, null, null, null, null, "LICENSE docker/alias docker/docker docker/dockerd docker/docs/README docker/link" },
        { "stripped", 1, null, null, "usr/bin", null, "usr/bin/alias usr/bin/docker usr/bin/dockerd usr/bin/docs/README usr/bin/link" },
        { "files", 1, "docker*;alias", null, "/usr/bin/", null, "usr/bin/alias usr/bin/docker usr/bin/dockerd" },
        { "without", 1, null, "docs;link", null, null, "alias docker dockerd" },
        { "mapped alone", 0, null, null, null, "docker/dockerd -> /usr/bin/dockerd", "usr/bin/dockerd" },
        { "mapped and the rest", 1, null, "docs", "usr/libexec", "docker -> /usr/bin/docker; dockerd -> /usr/sbin/", "usr/bin/docker usr/libexec/alias usr/libexec/link usr/sbin/dockerd" },
        { "a directory", 0, null, null, null, "docker/docs -> /usr/share/doc/docker", "usr/share/doc/docker/README" },
        { "into a directory", 0, null, null, null, "docker/docs -> /usr/share/", "usr/share/docs/README" },
        { "a pattern", 1, null, null, null, "docker* -> /usr/bin/", "usr/bin/docker usr/bin/dockerd" },
        { "twice", 1, null, null, null, "docker -> /usr/bin/docker; docker -> /usr/bin/podman", "usr/bin/docker usr/bin/podman" },
    };

    [Theory]
    [MemberData(nameof(Selections))]
    public void Paths_are_chosen_and_moved(string name, int strip, string? files, string? excluded, string? destination, string? mappings, string expected)
    {
        var tree = Select(strip, files, excluded, destination, mappings).Apply(s_archive, name);

        Assert.Equal(expected, string.Join(' ', ArchiveFolder.Paths(tree)));
    }

    [Theory]
    [InlineData(9, null, null, null, "leaves nothing")]
    [InlineData(0, "nothing*", null, null, "'nothing*' of Files. It holds 'LICENSE'")]
    [InlineData(0, null, null, "bin/x -> /usr/bin/x", "'bin/x' of Mappings")]
    [InlineData(1, null, null, "docker* -> /usr/bin/docker", "both 'docker' and 'dockerd'")]
    [InlineData(1, null, null, "docker -> /usr/bin/a; dockerd -> /usr/bin/a", "would both be '/usr/bin/a'")]
    [InlineData(1, null, null, "docker -> /usr/bin; dockerd -> /usr/bin/a", "not a directory")]
    public void What_does_not_fit_is_named(int strip, string? files, string? excluded, string? mappings, string part) =>
        Assert.Contains(part, Assert.Throws<FormatException>(() => Select(strip, files, excluded, null, mappings).Apply(s_archive, "x")).Message, StringComparison.Ordinal);

    [Fact]
    public void All_is_root_s_unless_owners_are_kept()
    {
        var tree = Select(1, null, null, null, null).Apply(s_archive, "x");
        Assert.All(tree, item => Assert.Equal((0u, 0u), (item.Entry.Metadata.UserId, item.Entry.Metadata.GroupId)));

        // setuid of an owner who is no longer the owner.
        Assert.Equal(0x1ED, Entry(tree, "docker").Metadata.Permissions);
        Assert.Same(Entry(tree, "dockerd"), Entry(tree, "alias"));

        var kept = (Select(1, null, null, null, null) with { KeepOwners = true }).Apply(s_archive, "x");
        Assert.Equal((1000u, 0x9ED), (Entry(kept, "docker").Metadata.UserId, Entry(kept, "docker").Metadata.Permissions));
        var mapped = Select(1, null, null, null, "docker -> /usr/bin/docker mode=4711").Apply(s_archive, "x");
        Assert.Equal((0u, 0x9C9), (Entry(mapped, "usr/bin/docker").Metadata.UserId, Entry(mapped, "usr/bin/docker").Metadata.Permissions));
    }

    [Fact]
    public void A_single_file_needs_a_mapping()
    {
        Assert.Contains("kubectl -> /usr/bin/kubectl", Assert.Throws<FormatException>(() => new ArchiveSelection().Apply(s_single, "kubectl")).Message, StringComparison.Ordinal);

        var tree = Select(0, null, null, null, "kubectl -> /usr/bin/kubectl mode=0755").Apply(s_single, "kubectl");

        Assert.Equal(0x1ED, Entry(tree, "usr/bin/kubectl").Metadata.Permissions);
        Assert.Single(ArchiveFolder.Paths(tree));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a -> ")]
    [InlineData("-> b")]
    [InlineData("a -> ../b")]
    [InlineData("../a -> b")]
    [InlineData("a -> b mode=")]
    [InlineData("a -> b mode=8")]
    [InlineData("a -> b mode=77777")]
    [InlineData("[a -> b")]
    public void A_mapping_that_is_none_is_refused(string text) => Assert.Throws<FormatException>(() => ArchiveMapping.ParseAll(text));

    [Fact]
    public void Mappings_are_separated_by_semicolons_and_may_have_blanks()
    {
        var mappings = ArchiveMapping.ParseAll(" a b -> /usr/c d mode=0750 ;\n x->y;");

        Assert.Equal(["a b -> /usr/c d", "x -> /y"], mappings.Select(mapping => mapping.ToString()));
        Assert.Equal([(ushort)0x1E8, null], mappings.Select(mapping => mapping.Permissions));
    }

    private static FileEntry File(string text, ushort permissions) =>
        new(EntryMetadata.File with { Permissions = permissions, UserId = 1000, GroupId = 1000 }, new BytesContent(Encoding.UTF8.GetBytes(text)));

    private static TreeEntry Entry(FileTree tree, string path)
    {
        Assert.True(tree.TryGet(TreePath.Parse(path), out var entry), path);
        return entry;
    }

    private static ArchiveSelection Select(int strip, string? files, string? excluded, string? destination, string? mappings) => new()
    {
        StripComponents = strip,
        Files = Globs(files),
        ExcludedFiles = Globs(excluded),
        Destination = destination is null ? null : TreePath.Parse(destination),
        Mappings = ArchiveMapping.ParseAll(mappings ?? ""),
    };

    private static IReadOnlyList<Glob> Globs(string? text) => [.. (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pattern => new Glob(pattern))];
}
