using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Images.Applications;

namespace Compose.Images.Tests;

public class ApplicationTreeTests
{
    private static readonly BytesContent Program = new(File.ReadAllBytes(ExternalTool.Find("true")));

    [Fact]
    public void An_application_is_a_folder_a_link_and_a_unit()
    {
        var tree = ApplicationTree.Create(new()
        {
            Name = "worker",
            Program = "My.Worker",
            Files = [new("My.Worker", Program), new("My.Worker.dll", new BytesContent("MZ")), new("wwwroot/start.sh", new BytesContent("#!/bin/sh\n"))],
            Service = new("Works, 100%", NotifiesWhenReady: true),
        }).Tree;

        Assert.Equal(
            ["usr/bin/worker", "usr/lib/systemd/system/worker.service", "usr/lib/worker/My.Worker", "usr/lib/worker/My.Worker.dll", "usr/lib/worker/wwwroot/start.sh"],
            tree.Files());
        Assert.Equal("../lib/worker/My.Worker", TreePath.Describe(Assert.IsType<SymlinkEntry>(Entry(tree, "usr/bin/worker")).Target.Span));
        Assert.Equal(0x1ED, Entry(tree, "usr/lib/worker/My.Worker").Metadata.Permissions);
        Assert.Equal(0x1A4, Entry(tree, "usr/lib/worker/My.Worker.dll").Metadata.Permissions);
        Assert.Equal(0x1ED, Entry(tree, "usr/lib/worker/wwwroot/start.sh").Metadata.Permissions);
    }

    [Theory]
    [InlineData(true, "notify")]
    [InlineData(false, "exec")]
    public void The_unit_is_one_that_systemd_accepts_and_finds_safe(bool notifies, string type)
    {
        var directory = Directory.CreateTempSubdirectory("compose-unit-").FullName;
        try
        {
            HostDirectoryWriter.Write(
                ApplicationTree.Create(new() { Name = "worker", Program = "worker", Files = [new("worker", Program)], Service = new("Works", notifies) }).Tree,
                Path.Combine(directory, "root"));
            var unit = Path.Combine(directory, "worker.service");
            var text = File.ReadAllText(Path.Combine(directory, "root/usr/lib/systemd/system/worker.service"));
            Assert.Contains($"Type={type}\n", text, StringComparison.Ordinal);
            Assert.Contains("WorkingDirectory=%S/worker\n", text, StringComparison.Ordinal);
            Assert.Contains("Environment=DOTNET_CONTENTROOT=/usr/lib/worker\n", text, StringComparison.Ordinal);

            // The judge looks for the program on this machine.
            File.WriteAllText(unit, text.Replace("ExecStart=/usr/bin/worker", "ExecStart=" + ExternalTool.Find("true"), StringComparison.Ordinal));
            var result = ExternalTool.TryRun("systemd-analyze", "verify", "--man=no", unit);
            Assert.Equal((0, "", ""), (result.ExitCode, result.Output, result.Error));
            ExternalTool.Run("systemd-analyze", "security", "--offline=true", "--threshold=25", unit);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void The_list_of_static_files_has_no_time_of_the_build_host()
    {
        var now = TextOf("Tue, 12 Aug 2025 14:31:28 GMT");

        Assert.Equal(TextOf("Wed, 13 Aug 2025 01:02:03 GMT"), now);
        Assert.Equal(
            """{"Version":1,"Endpoints":[{"Route":"a.css","ResponseHeaders":[{"Name":"ETag","Value":"x"},{"Name":"Last-Modified","Value":"Thu, 01 Jan 1970 00:00:00 GMT"}]},{"Route":"b"}]}""",
            now);
        foreach (var other in (string[])["", "no JSON", "[]", "{}", """{"Endpoints":1}""", """{"Endpoints":[1,{"ResponseHeaders":[1,{},{"Name":1}]}]}""", """{"Endpoints":[{"a":1,"a":2}]}"""])
        {
            Assert.Equal(other, TextOfManifest(other));
        }

        static string TextOf(string time) => TextOfManifest(
            $$"""{"Version":1,"Endpoints":[{"Route":"a.css","ResponseHeaders":[{"Name":"ETag","Value":"x"},{"Name":"Last-Modified","Value":"{{time}}"}]},{"Route":"b"}]}""");

        static string TextOfManifest(string manifest) => ApplicationTree.Create(new()
        {
            Name = "web",
            Program = "Web",
            Files = [new("Web", Program), new("Web.staticwebassets.endpoints.json", new BytesContent(manifest))],
        }).Tree.Text("usr/lib/web/Web.staticwebassets.endpoints.json");
    }

    [Theory]
    [InlineData("", "worker")]
    [InlineData("../x", "worker")]
    [InlineData("two words", "worker")]
    [InlineData("worker", "missing")]
    public void A_name_that_cannot_be_used_and_a_missing_program_are_errors(string name, string program) =>
        Assert.Equal("COMPOSE2009", Fails(name, program, "worker"));

    [Fact]
    public void A_path_out_of_the_folder_is_an_error() => Assert.Equal("COMPOSE2009", Fails("worker", "worker", "../worker"));

    private static string Fails(string name, string program, string path) => Assert.Throws<DiagnosticException>(
        () => ApplicationTree.Create(new() { Name = name, Program = program, Files = [new(path, Program)] })).Diagnostic.Descriptor.Code;

    private static TreeEntry Entry(FileTree tree, string path)
    {
        Assert.True(tree.TryGet(TreePath.Parse(path), out var entry));
        return entry;
    }
}
