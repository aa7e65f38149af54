using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Descriptions;

namespace Compose.Images.Tests.Descriptions;

public sealed class PublishedFolderTests : IDisposable
{
    private static readonly Dictionary<string, Sha256Digest> Nothing = [];

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_second_publication_is_listed_beside_the_first_and_what_is_gone_is_not()
    {
        Write("a_1.0.raw");
        Assert.True(PublishedFolder.List(_folder.Path, ["a_1.0.raw"], Nothing));
        Write("a_1.1.raw");
        Write("b_1.0.raw");
        Assert.True(PublishedFolder.List(_folder.Path, ["b_1.0.raw", "a_1.1.raw"], Nothing));
        Assert.Equal(["a_1.0.raw", "a_1.1.raw", "b_1.0.raw"], Listed());
        ExternalTool.TryRun("sha256sum", ["--check", "--strict", "SHA256SUMS"], input: null, _folder.Path).EnsureSuccess();

        Assert.False(PublishedFolder.List(_folder.Path, ["a_1.1.raw"], Nothing));

        File.Delete(_folder["a_1.0.raw"]);
        Assert.True(PublishedFolder.List(_folder.Path, ["a_1.1.raw"], Nothing));
        Assert.Equal(["a_1.1.raw", "b_1.0.raw"], Listed());
    }

    [Fact]
    public void A_digest_that_is_known_is_not_computed()
    {
        Write("a_1.0.raw");
        var digest = Sha256Digest.Of("another"u8);
        PublishedFolder.List(_folder.Path, ["a_1.0.raw"], new Dictionary<string, Sha256Digest> { ["a_1.0.raw"] = digest });

        Assert.Equal($"{digest}  a_1.0.raw\n", File.ReadAllText(_folder[PublishedFolder.ListName]));
    }

    [Fact]
    public async Task Publications_at_the_same_time_are_all_listed()
    {
        string[] names = [.. Enumerable.Range(0, 40).Select(number => $"x_{number:00}.raw")];
        foreach (var name in names)
        {
            Write(name);
        }

        await Task.WhenAll(names.Select(name => Task.Run(() => PublishedFolder.List(_folder.Path, [name], Nothing))));

        Assert.Equal(names, Listed());
    }

    [Fact]
    public void A_list_of_something_else_is_a_finding_with_its_place_and_stays()
    {
        File.WriteAllText(_folder[PublishedFolder.ListName], "no list\n");
        Write("a_1.0.raw");

        var finding = Assert.Throws<DiagnosticException>(() => PublishedFolder.List(_folder.Path, ["a_1.0.raw"], Nothing)).Diagnostic;

        Assert.Equal(ImageDiagnostics.UnreadableChecksums, finding.Descriptor);
        Assert.Equal(_folder[PublishedFolder.ListName], finding.SourceFile);
        Assert.Equal("no list\n", File.ReadAllText(_folder[PublishedFolder.ListName]));
    }

    private IEnumerable<string> Listed() => Checksums.Parse(File.ReadAllText(_folder[PublishedFolder.ListName])).Keys;

    private void Write(string name) => File.WriteAllText(_folder[name], name);
}
