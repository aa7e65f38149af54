using Compose.FileTrees;
using Compose.Images.Checks;

namespace Compose.Images.Tests.Checks;

public class MergedTreeTests
{
    private static readonly CheckedExtension Extension = new()
    {
        Definition = new() { Name = "tool" },
        Tree = new FileTreeBuilder(Trees.Of("usr/bin/tool", "usr/lib/tool/up -> ../../bin", "usr/bin/round -> round", "usr/bin/sh -> tool"))
            .Set("usr/bin/nul", new SymlinkEntry(EntryMetadata.Symlink, "to\0ol"u8.ToArray()))
            .Build(),
        BaseTree = Trees.Of(
            "usr/bin/sh -> dash", "usr/bin/dash", "usr/bin/awk -> /etc/alternatives/awk", "usr/lib64/ld.so -> /lib/ld.so", "usr/lib/ld.so",
            "usr/share/flatcar/etc/alternatives/awk -> /bin/dash"),
        References = [new("other", Trees.Of("usr/bin/other"))],
    };

    [Theory]
    [InlineData("usr/bin/tool", "usr/bin/tool", "tool")]
    [InlineData("usr/bin/other", "usr/bin/other", "other")]
    [InlineData("bin/dash", "usr/bin/dash", "the base")]
    [InlineData("/lib64/ld.so", "usr/lib/ld.so", "the base")]
    [InlineData("usr/bin/awk", "usr/bin/dash", "the base")]
    [InlineData("usr/bin/sh", "usr/bin/tool", "tool")]
    [InlineData("usr/lib/tool/up/dash", "usr/bin/dash", "the base")]
    [InlineData("usr/lib/./tool//up/../../usr/bin/../bin/dash", "usr/bin/dash", "the base")]
    [InlineData("../../usr/bin/dash", "usr/bin/dash", "the base")]
    [InlineData("usr/bin/dash/x", null, null)]
    [InlineData("usr/bin/round", null, null)]
    [InlineData("usr/bin/nul", null, null)]
    [InlineData("usr/lib/nothing", null, null)]
    public void A_path_leads_to_what_a_host_would_open(string path, string? expected, string? layer)
    {
        var item = Extension.Merged.Resolve(System.Text.Encoding.UTF8.GetBytes(path));
        Assert.Equal((expected, layer), (item?.Path.ToString(), item?.Layer.Name));
    }
}
