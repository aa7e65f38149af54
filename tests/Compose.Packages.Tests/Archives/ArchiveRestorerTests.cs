using System.Text;
using Compose.FileTrees;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Locking;

namespace Compose.Packages.Tests.Archives;

public sealed class ArchiveRestorerTests : IDisposable
{
    private readonly ArchiveFolder _folder = new();
    private readonly byte[] _archive;

    public ArchiveRestorerTests()
    {
        _archive = _folder.MakeTar("gzip", ("tool/tool", "#!/bin/sh\n"), ("tool/README", "read me\n"));
        _folder.Server.Files["tool-1.2.tgz"] = _archive;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_archive_is_pinned_on_trust_once()
    {
        var request = _folder.Request("tool-1.2.tgz");

        var first = await _folder.Restore(request);

        var locked = Assert.Single(first.LockFile.Archives!);
        Assert.Equal((Sha256Digest.Of(_archive).ToString(), _archive.Length, "\"1\""), (locked.Sha256, locked.Size, locked.EntityTag));
        Assert.Null(first.LockFile.Repositories);
        Assert.Equal(["COMPOSE1063"], _folder.Reports.Codes);

        _folder.Server.Requests.Clear();
        var second = await _folder.Restore(input => input with { LockedMode = true, AllowNetwork = false }, request);
        Assert.False(second.WasResolved || second.WasWritten);
        Assert.Empty(_folder.Server.Requests);
        Assert.Equal(["COMPOSE1063"], _folder.Reports.Codes);
        Assert.Equal(["tool/README", "tool/tool"], ArchiveFolder.Paths(_folder.Read(request).Tree));
    }

    [Fact]
    public async Task A_digest_in_the_project_needs_no_trust_and_is_kept_to()
    {
        var request = _folder.Request("tool-1.2.tgz") with { Sha256 = Sha256Digest.Of(_archive) };
        await _folder.Restore(request);
        Assert.Empty(_folder.Reports.Codes);

        var other = request with { Sha256 = default(Sha256Digest) };
        await _folder.Fails("COMPOSE1041", input => input with { LockedMode = true }, other);
        Assert.Equal("COMPOSE1041", Assert.Throws<DiagnosticException>(() =>
            LockFileCheck.Require(_folder.LockPath, new() { Archives = [other] }, _folder.Store)).Diagnostic.Descriptor.Code);
        await _folder.Fails("COMPOSE1064", other);
    }

    [Fact]
    public async Task A_locked_archive_that_changed_is_an_error_until_evaluation_is_forced()
    {
        var request = _folder.Request("tool-1.2.tgz");
        await _folder.Restore(request);
        var before = await File.ReadAllBytesAsync(_folder.LockPath, Token);
        _folder.Server.Files["tool-1.2.tgz"] = _folder.MakeTar("gzip", ("tool/tool", "evil"));
        _folder.StorePath = "other-store";

        await _folder.Fails("COMPOSE1064", request);
        Assert.Equal(before, await File.ReadAllBytesAsync(_folder.LockPath, Token));

        var forced = await _folder.Restore(input => input with { ForceEvaluate = true }, request);
        Assert.True(forced.WasWritten);
        Assert.Equal(["COMPOSE1063", "COMPOSE1063"], _folder.Reports.Codes);
    }

    [Fact]
    public async Task Forced_evaluation_asks_the_server_whether_the_file_is_another()
    {
        var request = _folder.Request("tool-1.2.tgz");
        await _folder.Restore(request);
        _folder.Server.Requests.Clear();

        var forced = await _folder.Restore(input => input with { ForceEvaluate = true }, request);

        Assert.False(forced.WasWritten);
        Assert.Equal("\"1\"", Assert.Single(_folder.Server.Requests).IfNoneMatch);
    }

    [Fact]
    public async Task Without_the_network_what_is_missing_is_an_error()
    {
        var request = _folder.Request("tool-1.2.tgz");
        await _folder.Fails("COMPOSE1040", input => input with { LockedMode = true }, request);
        await _folder.Fails("COMPOSE1050", input => input with { AllowNetwork = false }, request);
        await _folder.Restore(request);
        _folder.StorePath = "other-store";

        await _folder.Fails("COMPOSE1050", input => input with { AllowNetwork = false }, request);
        Assert.Equal("COMPOSE1046", Assert.Throws<DiagnosticException>(() => _folder.Read(request)).Diagnostic.Descriptor.Code);
        Assert.Single((await _folder.Restore(input => input with { LockedMode = true }, request)).Downloaded);
    }

    [Fact]
    public async Task An_archive_that_was_damaged_in_the_store_is_downloaded_again()
    {
        var request = _folder.Request("tool-1.2.tgz");
        await _folder.Restore(request);
        _folder.StorePath = "damaged";
        var path = _folder.Store.Add(_archive).HostPath;
        var damaged = _archive.ToArray();
        damaged[^20] ^= 1;
        await File.WriteAllBytesAsync(path, damaged, Token);

        Assert.Equal("COMPOSE1046", Assert.Throws<DiagnosticException>(() => _folder.Read(request)).Diagnostic.Descriptor.Code);
        await File.WriteAllBytesAsync(path, damaged, Token);
        Assert.Single((await _folder.Restore(input => input with { LockedMode = true }, request)).Downloaded);
        Assert.Equal(2, ArchiveFolder.Paths(_folder.Read(request).Tree).Length);
    }

    [Fact]
    public async Task What_a_digest_in_the_project_finds_in_the_store_is_hashed_before_it_is_used()
    {
        var path = _folder.Store.Add(_archive).HostPath;
        var request = _folder.Request("tool-1.2.tgz") with { Sha256 = Sha256Digest.Of(_archive) };
        var damaged = _folder.MakeTar("gzip", ("tool/tool", "evil"));
        await File.WriteAllBytesAsync(path, damaged, Token);

        await _folder.Restore(request);

        Assert.Single(_folder.Server.Requests);
        Assert.Equal(["tool/README", "tool/tool"], ArchiveFolder.Paths(_folder.Read(request).Tree));
        Assert.Equal(_archive, await File.ReadAllBytesAsync(path, Token));
    }

    [Fact]
    public async Task A_failure_is_one_of_the_item()
    {
        _folder.Server.Files["empty"] = [];
        var there = _folder.Request("tool-1.2.tgz");
        foreach (var (request, code) in new (ArchiveRequest, string)[]
        {
            (_folder.Request("missing.tgz"), "COMPOSE1052"),
            (there with { MaximumSize = 10 }, "COMPOSE1051"),
            (there with { Sha256 = default(Sha256Digest) }, "COMPOSE1064"),
            (_folder.Request("empty"), "COMPOSE1001"),
            (_folder.Request("./missing.tgz"), "COMPOSE1052"),
        })
        {
            var e = await Assert.ThrowsAsync<DiagnosticException>(() => _folder.Restore(request));
            Assert.Equal((code, request.Source), (e.Diagnostic.Descriptor.Code, e.Diagnostic.Item));
            Assert.False(File.Exists(_folder.LockPath));
        }

        // Also when the archive is locked and only has to be fetched.
        await _folder.Restore(there);
        _folder.StorePath = "other-store";
        _folder.Server.Files.Clear();
        var late = await Assert.ThrowsAsync<DiagnosticException>(() => _folder.Restore(there));
        Assert.Equal(("COMPOSE1052", there.Source), (late.Diagnostic.Descriptor.Code, late.Diagnostic.Item));
    }

    [Fact]
    public async Task What_is_taken_on_trust_is_told_when_it_is_pinned_and_not_before()
    {
        var request = _folder.Request("tool-1.2.tgz");
        await _folder.Restore(request);
        _folder.Server.Files["other.tgz"] = _folder.MakeTar("gzip", ("x", "y"));

        // In locked mode the message says what would change; nothing is pinned.
        await _folder.Fails("COMPOSE1041", input => input with { LockedMode = true }, request, _folder.Request("other.tgz"));

        Assert.Equal(["COMPOSE1063"], _folder.Reports.Codes);
    }

    [Fact]
    public async Task Only_what_changed_is_resolved()
    {
        var request = _folder.Request("tool-1.2.tgz");
        await _folder.Restore(request);
        _folder.Server.Files["other.tgz"] = _folder.MakeTar("gzip", ("x", "y"));
        _folder.Server.Requests.Clear();

        var result = await _folder.Restore(request, _folder.Request("other.tgz"));

        Assert.Equal(["other.tgz"], _folder.Server.Requests.Select(asked => asked.Path));
        Assert.Equal(2, result.LockFile.Archives!.Count);
        var fewer = await _folder.Restore(request);
        Assert.Single(fewer.LockFile.Archives!);
    }

    [Fact]
    public async Task A_password_is_in_no_file()
    {
        var request = _folder.Request("tool-1.2.tgz");
        request = request with { Source = request.Source.Replace("http://", "http://user:secret@", StringComparison.Ordinal) };

        await _folder.Restore(request);

        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(_folder.LockPath, Token), StringComparison.Ordinal);
        Assert.All(_folder.Server.Requests, asked => Assert.StartsWith("Basic ", asked.Authorization, StringComparison.Ordinal));
        Assert.DoesNotContain("secret", await _folder.Fails("COMPOSE1052", request with { Source = request.Source + "x" }), StringComparison.Ordinal);
        _folder.StorePath = "other-store";
        await _folder.Restore(input => input with { LockedMode = true }, request);
    }

    [Fact]
    public async Task A_secret_parameter_is_in_no_file_and_no_message()
    {
        _folder.Server.Files["tool-1.2.tgz?raw=1&private_token=secret"] = _archive;
        var request = _folder.Request("tool-1.2.tgz?raw=1&private_token=secret");

        await _folder.Restore(request);

        var locked = await File.ReadAllTextAsync(_folder.LockPath, Token);
        Assert.DoesNotContain("secret", locked, StringComparison.Ordinal);
        Assert.Contains("raw=1", locked, StringComparison.Ordinal);
        var other = request with { Source = request.Source + "x" };
        Assert.DoesNotContain("secret", await _folder.Fails("COMPOSE1052", input => input with { LockFile = input.LockFile + "2" }, other), StringComparison.Ordinal);
        _folder.StorePath = "other-store";
        await _folder.Restore(input => input with { LockedMode = true }, request);
        await _folder.Fails("COMPOSE1060", input => input with { ForceEvaluate = true }, request, other);
    }

    [Fact]
    public async Task A_local_archive_that_is_not_what_the_project_says_is_an_error_also_where_the_store_has_the_right_one()
    {
        _folder.Write("in/tool.tgz", _archive);
        var request = _folder.Request("./in/tool.tgz") with { Sha256 = Sha256Digest.Of(_archive) };
        await _folder.Restore(request);

        _folder.Write("in/tool.tgz", _folder.MakeTar("gzip", ("tool/new", "new")));

        await _folder.Fails("COMPOSE1064", request);
        await _folder.Fails("COMPOSE1064", request);
    }

    [Fact]
    public async Task A_local_archive_is_followed_when_it_changes()
    {
        _folder.Write("in/a b#c%20.tgz", _archive);
        var request = _folder.Request("./in/a b#c%20.tgz");
        await _folder.Restore(request);
        Assert.Empty(_folder.Reports.Codes);
        Assert.Equal("in/a b#c%20.tgz", _folder.Read(request).Name);
        Assert.False((await _folder.Restore(request)).WasResolved);

        _folder.Write("in/a b#c%20.tgz", _folder.MakeTar("gzip", ("tool/new", "new")));
        var message = await _folder.Fails("COMPOSE1041", input => input with { LockedMode = true }, request);
        Assert.Matches(@"A restore would change:\n    in/a b#c%20\.tgz [0-9a-f]{12} → [0-9a-f]{12} \(archive\)$", message);
        Assert.Equal("COMPOSE1041", Assert.Throws<DiagnosticException>(() =>
            LockFileCheck.Require(_folder.LockPath, new() { Archives = [request] }, _folder.Store)).Diagnostic.Descriptor.Code);
        Assert.True((await _folder.Restore(request)).WasWritten);
        Assert.NotNull(LockFileCheck.Require(_folder.LockPath, new() { Archives = [request] }, _folder.Store));
        Assert.Equal(["tool/new"], ArchiveFolder.Paths(_folder.Read(request).Tree));

        File.Delete(_folder["in", "a b#c%20.tgz"]);
        Assert.False((await _folder.Restore(request)).WasResolved);
        await _folder.Fails("COMPOSE1052", _folder.Request("./in/missing.tgz"));
    }

    [Fact]
    public async Task A_file_address_works_as_a_path_does()
    {
        var path = _folder.Write("tool.tgz", _archive);
        var request = _folder.Request("./x") with { Source = new Uri(path).AbsoluteUri };

        await _folder.Restore(request);

        Assert.Equal(2, ArchiveFolder.Paths(_folder.Read(request).Tree).Length);
    }

    [Theory]
    [InlineData("ftp://host/a.tgz", null, "not an http")]
    [InlineData("http://host/a-{version}.tgz", null, "Name one, or a range")]
    [InlineData("http://host/a.tgz", "1.*", "no place")]
    [InlineData("http://host/a-{version}.tgz", "1/2", "not a version")]
    [InlineData("http://host/a-{version}.tgz", "1..2", "not a version")]
    [InlineData("http://host/a-{version}.tgz", "[1,2", "no range")]
    public async Task An_item_that_makes_no_sense_is_refused(string source, string? version, string part) =>
        Assert.Contains(part, await _folder.Fails("COMPOSE1060", _folder.Request("x", version) with { Source = source }), StringComparison.Ordinal);

    [Fact]
    public async Task Projects_of_one_session_download_an_archive_and_what_goes_with_it_once()
    {
        _folder.Server.Files["list"] = "tool-1.2.tgz"u8.ToArray();
        _folder.Server.Files["SHA256SUMS"] = Encoding.ASCII.GetBytes($"{Sha256Digest.Of(_archive)}  tool-1.2.tgz\n");
        var server = new Uri(_folder.Server.Address, ".").AbsoluteUri;
        var request = _folder.Request("tool-{version}.tgz", "1.*") with { VersionsUrl = server + "list", ChecksumsUrl = server + "SHA256SUMS" };

        await RestoreAll(isForced: false);
        Assert.Equal(["SHA256SUMS", "list", "tool-1.2.tgz"], Asked());
        var locks = Enumerable.Range(0, 6).Select(i => File.ReadAllText(_folder[$"{i}", "compose.lock.json"])).ToArray();
        Assert.Single(locks.Distinct());

        // Now the server says that it has nothing newer, and each of them has to hear it.
        await RestoreAll(isForced: true);
        Assert.Equal(["list", "tool-1.2.tgz"], Asked());
        Assert.Equal(locks, Enumerable.Range(0, 6).Select(i => File.ReadAllText(_folder[$"{i}", "compose.lock.json"])));

        async Task RestoreAll(bool isForced)
        {
            _folder.Server.Requests.Clear();
            await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => _folder.Restore(
                input => input with { LockFile = _folder[$"{i}", "compose.lock.json"], Session = $"forced: {isForced}", ForceEvaluate = isForced }, request))));
        }

        IEnumerable<string> Asked() => _folder.Server.Requests.Select(asked => asked.Path).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task One_archive_is_one_version()
    {
        var request = _folder.Request("tool-{version}.tgz", "1.2");
        await _folder.Restore(request, request with { MaximumSize = 1 << 20 });

        await _folder.Fails("COMPOSE1060", input => input with { ForceEvaluate = true }, request, request with { Version = "1.3" });
    }
}
