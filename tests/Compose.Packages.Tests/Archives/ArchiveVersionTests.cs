using Compose.Packages.Inputs.Archives;

namespace Compose.Packages.Tests.Archives;

public sealed class ArchiveVersionTests : IDisposable
{
    private readonly ArchiveFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("28.*", "28.4.0")]
    [InlineData("28.1.*", "28.1.10")]
    [InlineData("[27.0,28.1.5)", "28.1.1")]
    [InlineData("(,28)", "27.5.1")]
    [InlineData("*", "28.4.0")]
    [InlineData("*-*", "29.0.0-rc.1")]
    [InlineData("[29.0.0-rc.0,)", "29.0.0-rc.1")]
    [InlineData("[28.1.1]", "28.1.1")]
    public async Task The_highest_version_in_the_range_is_taken_and_locked(string range, string expected)
    {
        foreach (var version in (string[])["27.5.1", "28.1.1", "28.1.10", "28.1.9", "28.4.0", "29.0.0-rc.1"])
        {
            _folder.Server.Files[$"stable/docker-{version}.tgz"] = _folder.MakeTar("gzip", ("docker/dockerd", version));
        }

        _folder.Server.Files["stable/"] = """
            <a href="docker-27.5.1.tgz">docker-27.5.1.tgz</a> <a href="docker-28.1.1.tgz">x</a> <a href="./docker-28.1.10.tgz">x</a>
            <a href="docker-28.1.9.tgz">x</a> <a href="/stable/docker-28.4.0.tgz">x</a> <a href="docker-29.0.0-rc.1.tgz">x</a>
            <a href="docker-rootless-extras-99.0.0.tgz">x</a> <a href="docker-98.0.0.tgz.asc">x</a> <a href="my-docker-97.0.0.tgz">x</a>
            """u8.ToArray();
        var request = _folder.Request("stable/docker-{version}.tgz", range) with { VersionsUrl = new Uri(_folder.Server.Address, "stable/").AbsoluteUri };

        var result = await _folder.Restore(request);

        var locked = Assert.Single(result.LockFile.Archives!);
        Assert.Equal((range, expected), (locked.Requested, locked.Version));
        Assert.EndsWith($"docker-{expected}.tgz", locked.Source, StringComparison.Ordinal);
        Assert.Equal(expected, _folder.Read(request).Version);

        // What appears later is taken only when evaluation is forced.
        _folder.Server.Requests.Clear();
        Assert.False((await _folder.Restore(request)).WasResolved);
        Assert.Empty(_folder.Server.Requests);
    }

    [Fact]
    public async Task A_text_with_versions_alone_fits_a_folder_in_the_address()
    {
        _folder.Server.Files["release/v1.31.2/bin/kubectl"] = "binary"u8.ToArray();
        _folder.Server.Files["release/stable.json"] = """{"tags":["v1.31.2","v1.9.0","v1.32.0-alpha.1","1.33.0"]}"""u8.ToArray();
        var request = _folder.Request("release/v{version}/bin/kubectl", "1.*") with { VersionsUrl = new Uri(_folder.Server.Address, "release/stable.json").AbsoluteUri };

        Assert.Equal("1.31.2", Assert.Single((await _folder.Restore(request)).LockFile.Archives!).Version);
    }

    [Fact]
    public async Task A_folder_lists_its_files()
    {
        foreach (var version in (string[])["1.0", "1.1", "2.0"])
        {
            _folder.Write($"in/tool-{version}.tgz", _folder.MakeTar("gzip", ("v", version)));
        }

        var request = _folder.Request("./in/tool-{version}.tgz", "1.*") with { VersionsUrl = "in" };
        Assert.Equal("in/tool-1.1.tgz", Assert.Single((await _folder.Restore(request)).LockFile.Archives!).Source);
        var message = await _folder.Fails("COMPOSE1062", request with { Version = "3.*" });
        Assert.Contains("2.0, 1.1, 1.0", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_needs_a_list_and_one_version_does_not()
    {
        _folder.Server.Files["a-1.0.tgz"] = _folder.MakeTar("gzip", ("x", "y"));

        Assert.Contains("VersionsUrl", await _folder.Fails("COMPOSE1061", _folder.Request("a-{version}.tgz", "1.*")), StringComparison.Ordinal);
        Assert.Equal("1.0", Assert.Single((await _folder.Restore(_folder.Request("a-{version}.tgz", "1.0"))).LockFile.Archives!).Version);
    }

    [Theory]
    [InlineData("a-{version}.tgz", "a-1.tgz a-1.2.3.4.tgz xa-2.tgz a-3.tgz2 a-4.tgz.sig a-x.tgz", "1 1.2.3.4")]
    [InlineData("https://host/{version}/x-{version}.tgz", "x-1.0.tgz 2.0 x-3.0.zip", "1.0")]
    [InlineData("https://host/v{version}", "v1.0, v1.1; \"v1.2\" <v1.3>v1.4. dev1.5", "1.0 1.1 1.2 1.3 1.4")]
    [InlineData("a-{version}.tgz", "a-1.0%2Bbuild.1.tgz", "1.0+build.1")]
    public void Words_that_are_like_the_address_are_versions(string address, string text, string expected) =>
        Assert.Equal(expected.Split(' '), ArchiveVersionList.Read(text, address, TimeSpan.FromSeconds(20)).Select(version => version.Text));

    [Fact]
    public void A_text_made_to_be_searched_for_long_is_given_up() =>
        Assert.Throws<System.Text.RegularExpressions.RegexMatchTimeoutException>(
            () => ArchiveVersionList.Read(string.Concat(Enumerable.Repeat("%2B1", 1 << 20)), "https://host/{version}.tgz", TimeSpan.FromMilliseconds(1)));
}
