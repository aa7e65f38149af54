using Compose.FileTrees;
using Compose.Images.Artifacts.Inspection;

namespace Compose.Images.Tests.Artifacts;

public sealed class InspectionTests
{
    [Theory]
    [InlineData("docker", "docker", true)]
    [InlineData("docker_28.0", "docker", true)]
    [InlineData("docker_28.0+1_x86-64", "docker", true)]
    [InlineData("docker+1", "docker", true)]
    [InlineData("docker-28.0", "docker", false)]
    [InlineData("dockerd", "docker", false)]
    [InlineData("other", "docker", false)]
    [InlineData("docker", "docker_28.0", false)]
    [InlineData("docker_28.0", "docker_28.0", true)]
    [InlineData("my_tool_1.0", "my_tool", false)]
    [InlineData("my_tool_1.0", "my", true)]
    public void An_extension_is_found_by_its_images_name(string stem, string name, bool expected)
    {
        var tree = new FileTreeBuilder().SetText($"usr/lib/extension-release.d/extension-release.{name}", "ID=_any\n").Build();
        var extension = Assert.Single(ExtensionFacts.Of(tree, stem));
        Assert.Equal(("sysext", name, expected), (extension.Kind, extension.Name, extension.FitsName));
        Assert.Equal("_any", extension.Variables["ID"]);
    }

    [Fact]
    public void An_extension_may_say_that_any_name_will_do()
    {
        var metadata = EntryMetadata.File with { ExtendedAttributes = new([new("user.extension-release.strict", "0"u8.ToArray())]) };
        var tree = new FileTreeBuilder()
            .Set("etc/extension-release.d/extension-release.x", new FileEntry(metadata, new BytesContent("ID=a\nID=b\n")))
            .Build();
        var extension = Assert.Single(ExtensionFacts.Of(tree, "other"));
        Assert.Equal(("confext", true, "b"), (extension.Kind, extension.FitsName, extension.Variables["ID"]));
    }

    [Fact]
    public void Units_are_upheld_by_units_drop_ins_and_links()
    {
        var tree = new FileTreeBuilder()
            .SetText("usr/lib/systemd/system/a.service", "[Service]\nUpholds=no.service\n")
            .SetText("usr/lib/systemd/system/b.target", "[Unit]\n# Upholds=no.service\nUpholds = a.service \\\n  c.socket\n[Install]\nUpholds=no.service\n")
            .SetText("usr/lib/systemd/system/sockets.target.d/10-c.conf", "[Unit]\nUpholds=c.socket\n")
            .SetText("usr/lib/systemd/system/sockets.target.d/README", "[Unit]\nUpholds=no.service\n")
            .Set("usr/lib/systemd/system/multi-user.target.upholds/a.service", new SymlinkEntry("../a.service"))
            .Set("usr/lib/systemd/system/alias.service", new SymlinkEntry("a.service"))
            .SetText("usr/lib/systemd/system/not-a-unit.txt", "[Unit]\nUpholds=no.service\n")
            .SetText("etc/systemd/system/d.mount", "")
            .SetText("usr/local/lib/systemd/system/e.timer", "")
            .Build();
        Assert.Equal(
            [
                "a.service True b.target,multi-user.target", "alias.service True ", "b.target True ", "c.socket False b.target,sockets.target",
                "d.mount True ", "e.timer True ",
            ],
            UnitFacts.Of(tree).Select(unit => $"{unit.Name} {unit.IsPresent} {string.Join(',', unit.UpheldBy)}"));
    }
}
