using System.Text;
using Compose.FileTrees;
using Compose.Packages.Releases;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests;

/// <summary>A mirror that wants to know who asks: user and password are in its address.</summary>
public sealed class MirrorLoginTests : PackageRestoreTest
{
    private static readonly string s_login = "Basic " + Convert.ToBase64String("user:s3cr@t"u8);

    public MirrorLoginTests() => Server.Answer = request => request.Authorization == s_login ? null : new TestReply(401, []);

    private Uri WithPassword => new UriBuilder(Server.Address) { UserName = "user", Password = "s3cr%40t" }.Uri;

    [Fact]
    public async Task User_and_password_of_the_address_are_sent_with_each_request()
    {
        var result = await Restore(From(WithPassword));

        Assert.Equal(3, result.Downloaded.Count);
        Assert.All(Server.Requests, request => Assert.Equal(s_login, request.Authorization));
    }

    [Fact]
    public async Task No_file_has_the_password_in_it_or_in_its_name()
    {
        await Restore(From(WithPassword) with { Session = "session" });

        string[] secrets = ["s3cr", Convert.ToBase64String("user:s3cr@t"u8)];
        var files = Directory.GetFiles(Folder.Path, "*", SearchOption.AllDirectories);
        Assert.Contains(LockPath, files);
        foreach (var file in files)
        {
            var text = file + Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Token));
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        }

        // What the session keeps is named after the address without them.
        var key = Sha256Digest.Of(Encoding.UTF8.GetBytes($"session\n{Server.Address}dists/trixie/InRelease"));
        Assert.True(File.Exists(Path.Combine(Store.PartialDirectory, $"{key}.session")));
    }

    [Fact]
    public async Task Another_host_gets_no_password()
    {
        using var other = new TestServer();
        other.Files["moved.deb"] = Server.Files[Docker];
        Server.Answer = request =>
            request.Authorization != s_login ? new TestReply(401, [])
            : request.Path == Docker ? new TestReply(302, []) { Location = "/debian/step.deb" }
            : request.Path == "step.deb" ? new TestReply(302, []) { Location = new Uri(other.Address, "moved.deb").AbsoluteUri }
            : null;

        await Restore(From(WithPassword));

        Assert.Null(Assert.Single(other.Requests).Authorization);
        Assert.Equal(s_login, Assert.Single(Server.Requests, request => request.Path == "step.deb").Authorization);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wr0ng")]
    public async Task A_refusal_is_an_error_that_does_not_show_the_password(string? password)
    {
        var mirror = password is null ? Server.Address : new UriBuilder(Server.Address) { UserName = "zoe", Password = password }.Uri;

        var message = await Fails("COMPOSE1051", From(mirror));

        Assert.Contains("401", message, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng", message, StringComparison.Ordinal);
        Assert.DoesNotContain("zoe", message, StringComparison.Ordinal);
    }

    private RestoreInput From(Uri mirror) =>
        Input("docker.io") with { Sources = [new RepositorySource(Trixie, [Repository.KeyFile], () => mirror)] };
}
