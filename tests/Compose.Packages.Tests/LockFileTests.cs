using System.Text.Json.Nodes;
using Compose.Packages.Locking;
using Compose.Packages.Resolution;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests;

/// <summary>When a lock file is obeyed, when it does not fit any more, and what is refused of one that was damaged or edited.</summary>
public sealed class LockFileTests : PackageRestoreTest
{
    [Fact]
    public async Task A_fitting_lock_file_is_obeyed_until_evaluation_is_forced()
    {
        await Restore(Input("docker.io"));
        Repository.Add("libc6", "2.41-13");
        Repository.Publish(Server.Files);

        Assert.False((await Restore(Input("docker.io"))).WasResolved);
        var forced = await Restore(Input("docker.io") with { ForceEvaluate = true });

        Assert.Contains(forced.LockFile.Packages, package => package.ToString() == "libc6 2.41-13");
        Assert.False((await Restore(Input("docker.io") with { ForceEvaluate = true })).WasWritten);
    }

    [Fact]
    public async Task Changed_requests_make_the_lock_file_stale()
    {
        await Restore(Input("docker.io"));

        var message = await Fails("COMPOSE1041", Input("docker.io", "other") with { LockedMode = true });
        Assert.Contains("'other' is asked for", message, StringComparison.Ordinal);
        Assert.Equal("COMPOSE1041", Assert.Throws<DiagnosticException>(() =>
            LockFileCheck.Require(LockPath, Input("containerd").Requests, Store)).Diagnostic.Descriptor.Code);
        Assert.True((await Restore(Input("docker.io", "other"))).WasWritten);
        Assert.NotNull(LockFileCheck.Require(LockPath, Input("other", "docker.io").Requests, Store));
        await Fails("COMPOSE1041", Input("docker.io", "other") with { LockedMode = true, Requests = Ask(Trixie with { Components = ["main", "contrib"] }, "docker.io", "other") });
    }

    [Fact]
    public async Task Without_a_lock_file_locked_mode_and_builds_fail()
    {
        await Fails("COMPOSE1040", Input("docker.io") with { LockedMode = true });
        Assert.Equal("COMPOSE1040", Assert.Throws<DiagnosticException>(() =>
            LockFileCheck.Require(LockPath, Input("docker.io").Requests, Store)).Diagnostic.Descriptor.Code);
        await Fails("COMPOSE1043", Input("docker.io") with { LockedMode = true, ForceEvaluate = true });
    }

    [Fact]
    public async Task An_extension_gets_what_the_base_does_not_have()
    {
        var basePath = Folder["base.lock.json"];
        await Restore(Input("libc6") with
        {
            LockFile = basePath,
            Requests = new InputRequests
            {
                Repositories = [Trixie],
                Groups = [new() { Name = "initrd", Requests = [new("other")] }, new() { Name = "system", Requests = [new("libc6")] }],
            },
        });
        var group = new PackageGroup { Name = "extension", Requests = [new("docker.io")], References = [new LockReference(basePath, "system")] };
        var input = Input() with { Requests = new InputRequests { Repositories = [Trixie], Groups = [group] } };

        var result = await Restore(input);

        Assert.Equal(["containerd", "docker.io"], result.LockFile.Packages.Select(package => package.Name));
        Assert.Equal(["libc6", "libc6 (>= 2.34)"], result.LockFile.Group("extension").Uses);
        Assert.False((await Restore(input)).WasResolved);

        // The base changes: first without harm, then it takes in what the extension has, then it drops what that uses.
        var file = LockFile.TryRead(basePath)!;
        WithSystem("""{"name":"libc6","version":"2.99-1"}""");
        Assert.Empty(LockFileCheck.Differences(result.LockFile, input.Requests, Store));
        WithSystem("""{"name":"libc6","version":"2.99-1"}""", """{"name":"containerd","version":"2"}""");
        Assert.Contains("'containerd' is in the base", Assert.Single(LockFileCheck.Differences(result.LockFile, input.Requests, Store)), StringComparison.Ordinal);
        WithSystem("""{"name":"libc6","version":"2.30-1"}""");
        Assert.Contains("'libc6 (>= 2.34)' is no longer", Assert.Single(LockFileCheck.Differences(result.LockFile, input.Requests, Store)), StringComparison.Ordinal);
        File.Delete(basePath);
        await Fails("COMPOSE1040", input);

        void WithSystem(params string[] packages)
        {
            var template = file.Group("system").Packages[0];
            var changed = packages.Select(json =>
            {
                using var values = System.Text.Json.JsonDocument.Parse(json);
                return template with { Name = values.RootElement.GetProperty("name").GetString()!, Version = values.RootElement.GetProperty("version").GetString()! };
            });
            file.Groups["system"] = file.Group("system") with { Packages = [.. changed] };
            file.Write(basePath);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("<<<<<<< HEAD")]
    [InlineData("""{"version":3,"repositories":[{"suite":"a","components":["b"],"architecture":"c"}],"groups":{}}""")]
    [InlineData("""{"version":2,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{}}""")]
    [InlineData("""{"version":2,"groups":{"e":{"requests":[],"uses":[],"packages":[]}}}""")]
    [InlineData("""{"version":2,"groups":{},"archives":[null]}""")]
    [InlineData("""{"version":2,"groups":{},"archives":[{"name":"a","source":"a","sha256":"00","size":1}]}""")]
    [InlineData("""{"version":1,"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{}}""")]
    [InlineData("""{"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{"e":{"requests":[],"uses":[],"packages":[{"name":"a","version":"1","architecture":"all","filename":"../../etc/passwd","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1}]}}}""")]
    [InlineData("""{"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{"e":{"requests":[],"uses":[],"packages":[{"name":"a","version":"1","architecture":"all","filename":"a","sha256":"00","size":1}]}}}""")]
    [InlineData("""{"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{"e":null}}""")]
    [InlineData("""{"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{"e":{"requests":[null],"uses":[],"packages":[null]}}}""")]
    [InlineData("""{"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{"e":{"requests":[],"uses":["a b c"],"packages":[]}}}""")]
    [InlineData("""{"version":2,"groups":{},"archives":[{"name":"a","source":"a","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1},{"name":"a","source":"b","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1}]}""")]
    [InlineData("""{"version":2,"groups":{},"nugetPackages":[{"name":"a","requested":"1","version":"1.0.0","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1},{"name":"a","requested":"2","version":"2.0.0","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1}]}""")]
    [InlineData("""{"version":2,"repositories":[{"suite":"a","components":["b"],"architecture":"c"}],"groups":{"e":{"requests":[],"uses":[],"packages":[{"name":"a","version":"1","architecture":"all","filename":"a","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1},{"name":"a","version":"2","architecture":"all","filename":"b","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1}]}}}""")]
    public async Task A_lock_file_that_cannot_be_read_is_an_error(string text)
    {
        await File.WriteAllTextAsync(LockPath, text, Token);

        await Fails("COMPOSE1042", Input("docker.io"));
    }

    [Fact]
    public async Task A_lock_file_of_the_first_version_is_understood()
    {
        var result = await Restore(Input("docker.io"));
        var old = JsonNode.Parse(await File.ReadAllTextAsync(LockPath, Token))!.AsObject();
        old["version"] = 1;
        var repository = old["repositories"]![0]!.DeepClone();
        old.Remove("repositories");
        old["repository"] = repository;
        await File.WriteAllTextAsync(LockPath, old.ToJsonString(), Token);

        var read = LockFile.TryRead(LockPath)!;

        Assert.Equal(result.LockFile.ToBytes(), read.ToBytes());
        Assert.False((await Restore(Input("docker.io") with { LockedMode = true })).WasResolved);
    }

    [Fact]
    public async Task The_lock_file_stays_when_a_restore_fails()
    {
        await Restore(Input("docker.io"));
        var before = await File.ReadAllBytesAsync(LockPath, Token);
        Server.Files.Keys.Where(path => path.StartsWith("pool/main/o", StringComparison.Ordinal)).ToList().ForEach(path => Server.Files.TryRemove(path, out _));

        await Fails("COMPOSE1052", Input("docker.io", "other"));
        await Fails("COMPOSE1031", Input("docker.io", "missing"));

        Assert.Equal(before, await File.ReadAllBytesAsync(LockPath, Token));
    }

    [Fact]
    public async Task A_merge_conflict_is_named_by_its_line_and_solved_by_taking_a_side()
    {
        await Restore(Input("docker.io"));
        File.Copy(LockPath, Folder["base"]);
        foreach (var (side, version) in ((string, string)[])[("ours", "2.41-13"), ("theirs", "2.41-14")])
        {
            Repository.Add("libc6", version);
            Repository.Publish(Server.Files);
            await Restore(Input("docker.io") with { ForceEvaluate = true });
            File.Copy(LockPath, Folder[side]);
        }

        File.Copy(Folder["ours"], LockPath, overwrite: true);
        Tool.Run("sh", "-c", $"git merge-file -q '{LockPath}' '{Folder["base"]}' '{Folder["theirs"]}' || true");
        var mark = Array.FindIndex(await File.ReadAllLinesAsync(LockPath, Token), line => line.StartsWith("<<<<<<< ", StringComparison.Ordinal)) + 1;
        Assert.NotEqual(0, mark);

        var diagnostic = await FailsWith("COMPOSE1042", Input("docker.io"));

        Assert.Equal((LockPath, mark), (diagnostic.SourceFile, diagnostic.SourceLine));
        Assert.Contains($"merge conflict, the first in line {mark}.", diagnostic.Message, StringComparison.Ordinal);
        File.Copy(Folder["ours"], LockPath, overwrite: true);
        Tool.Run("git", "merge-file", "-q", "--theirs", LockPath, Folder["base"], Folder["theirs"]);
        var result = await Restore(Input("docker.io") with { LockedMode = true });
        Assert.Contains(result.LockFile.Packages, package => package.ToString() == "libc6 2.41-14");
    }

    [Theory]
    [InlineData("=======")]
    [InlineData(">>>>>>> theirs")]
    [InlineData("||||||| base")]
    public async Task What_is_left_of_a_merge_conflict_is_noticed(string mark)
    {
        await Restore(Input("docker.io"));
        var lines = await File.ReadAllLinesAsync(LockPath, Token);
        await File.WriteAllLinesAsync(LockPath, [.. lines[..7], mark, .. lines[7..]], Token);

        Assert.Equal(8, (await FailsWith("COMPOSE1042", Input("docker.io"))).SourceLine);
    }

    [Fact]
    public async Task A_mistake_in_the_file_is_named_by_its_line()
    {
        await Restore(Input("docker.io"));
        var lines = await File.ReadAllLinesAsync(LockPath, Token);
        var line = Array.FindIndex(lines, text => text.Contains("\"size\"", StringComparison.Ordinal));
        lines[line] = "\"size\": much";
        await File.WriteAllLinesAsync(LockPath, lines, Token);

        var diagnostic = await FailsWith("COMPOSE1042", Input("docker.io"));

        Assert.Equal((LockPath, line + 1), (diagnostic.SourceFile, diagnostic.SourceLine));
        Assert.Contains($"at line {line + 1}:", diagnostic.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_digest_that_was_changed_by_hand_is_refused_until_evaluation_is_forced(bool lockedMode)
    {
        var right = (await Restore(Input("docker.io"))).LockFile.Packages.Single(package => package.Name == "docker.io").Sha256;
        var wrong = (right[0] == '0' ? '1' : '0') + right[1..];
        await EditAsync(right, wrong);
        var edited = await File.ReadAllBytesAsync(LockPath, Token);

        var diagnostic = await FailsWith("COMPOSE1053", Input("docker.io") with { LockedMode = lockedMode });

        Assert.Contains(wrong, diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains($"'{LockPath}' names it so", diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal(LockPath, diagnostic.SourceFile);
        Assert.Equal(edited, await File.ReadAllBytesAsync(LockPath, Token));
        Assert.Empty(Reports.Codes);
        var unpacking = Assert.Throws<DiagnosticException>(() => new PackageUnpacker(Store).Unpack(LockFile.TryRead(LockPath)!.Group("extension"), Token));
        Assert.Equal("COMPOSE1046", unpacking.Diagnostic.Descriptor.Code);

        var forced = await Restore(Input("docker.io") with { ForceEvaluate = true });
        Assert.Contains(forced.LockFile.Packages, package => package.Sha256 == right);
    }

    [Fact]
    public async Task A_version_that_was_changed_by_hand_is_refused_when_it_is_used()
    {
        await Restore(Input("docker.io"));
        await EditAsync("\"version\": \"26.1.5+dfsg1-9\"", "\"version\": \"26.1.5+dfsg1-8\"");

        var locked = (await Restore(Input("docker.io"))).LockFile;

        var e = Assert.Throws<DiagnosticException>(() => new PackageUnpacker(Store).Unpack(locked.Group("extension"), Token));
        Assert.Equal("COMPOSE1029", e.Diagnostic.Descriptor.Code);
        Assert.Contains("26.1.5+dfsg1-9, not docker.io 26.1.5+dfsg1-8", e.Diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_of_one_side_of_a_merge_and_packages_of_the_other_do_not_fit()
    {
        await Restore(Input() with { Requests = InRange("26.1.*") });
        await EditAsync("26.1.*", "25.*");

        var message = await Fails("COMPOSE1041", Input() with { Requests = InRange("25.*"), LockedMode = true });

        Assert.Contains("'docker.io 25.*' is not among its packages", message, StringComparison.Ordinal);
        Assert.Equal("COMPOSE1041", Assert.Throws<DiagnosticException>(() =>
            LockFileCheck.Require(LockPath, InRange("25.*"), Store)).Diagnostic.Descriptor.Code);

        static InputRequests InRange(string version) => new()
        {
            Repositories = [Trixie],
            Groups = [new PackageGroup { Name = "extension", Requests = [new PackageRequest("docker.io", version)] }],
        };
    }

    private async Task EditAsync(string old, string other)
    {
        var text = await File.ReadAllTextAsync(LockPath, Token);
        Assert.Contains(old, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(LockPath, text.Replace(old, other, StringComparison.Ordinal), Token);
    }
}
