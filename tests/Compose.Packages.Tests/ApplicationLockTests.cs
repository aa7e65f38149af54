using System.Security.Cryptography;
using System.Text;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Inputs.Applications;
using Compose.Packages.Locking;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests;

/// <summary>What the lock file says of .NET applications, which NuGet restores: the test writes what NuGet would write.</summary>
public sealed class ApplicationLockTests : IDisposable
{
    private static readonly string s_library = Digest("library");
    private static readonly string s_runtime = Digest("runtime");
    private static readonly string s_other = Digest("other");

    private readonly TemporaryFolder _folder = new();
    private readonly Reports _reports = new();

    public ApplicationLockTests() => Directory.CreateDirectory(Path.GetDirectoryName(LockPath)!);

    private string LockPath => Path.Combine(_folder.Path, "extension", "compose.lock.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Packages_of_the_project_and_of_the_SDK_are_pinned()
    {
        RestoredApplication[] restored =
        [
            Application("worker", [("Some.Library", "1.0.0", s_library)], [("Some.Runtime", "10.0.12", s_runtime), ("Some.Compiler", "10.0.12", null)]),
            Application("tool", [], []),
        ];

        Assert.True((await Restore(restored)).WasWritten);

        var applications = LockFile.TryRead(LockPath)!.Applications!;
        Assert.Equal(["../src/tool/tool.csproj", "../src/worker/worker.csproj"], applications.Select(application => application.Project));
        Assert.Empty(applications[0].Packages);
        Assert.Equal<(string, string, string?)>(
            [("Some.Compiler", "10.0.12", null), ("Some.Library", "1.0.0", s_library), ("Some.Runtime", "10.0.12", s_runtime)],
            applications[1].Packages.Select(package => (package.Name, package.Version, package.Sha512)));

        // The same again changes nothing, in locked mode too.
        Assert.False((await Restore(restored)).WasWritten);
        Assert.False((await Restore(input => input with { LockedMode = true }, restored)).WasWritten);

        // A project without applications has none in its lock file.
        await Restore();
        Assert.Null(LockFile.TryRead(LockPath)!.Applications);
    }

    [Fact]
    public async Task Packages_that_only_the_build_of_a_library_takes_are_pinned_too()
    {
        Application("library", [("Some.Analyzer", "2.0.0", s_other), ("Some.Library", "1.0.0", s_library)], [("Some.Reference", "8.0.0", s_runtime)]);
        var worker = NuGetFiles.WriteApplication(_folder, "worker", [("Some.Library", "1.0.0", s_library)], [], "library", "old");

        await Restore(worker);

        Assert.Equal<(string, string, string?)>(
            [("Some.Analyzer", "2.0.0", s_other), ("Some.Library", "1.0.0", s_library), ("Some.Reference", "8.0.0", s_runtime)],
            Assert.Single(LockFile.TryRead(LockPath)!.Applications!).Packages.Select(package => (package.Name, package.Version, package.Sha512)));

        File.WriteAllText(_folder["src/worker/worker.csproj.nuget.dgspec.json"], "{}");
        Assert.Equal("COMPOSE1081", (await Assert.ThrowsAsync<DiagnosticException>(() => Restore(worker))).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public async Task Another_runtime_is_told_and_refused_in_locked_mode()
    {
        await Restore(Application("worker", [], [("Some.Runtime", "10.0.12", s_runtime)]));
        var newer = Application("worker", [("Some.Library", "1.0.0", s_library)], [("Some.Runtime", "10.0.13", s_other)]);

        var failure = (await Assert.ThrowsAsync<DiagnosticException>(() => Restore(input => input with { LockedMode = true }, newer))).Diagnostic;

        Assert.Equal("COMPOSE1041", failure.Descriptor.Code);
        Assert.Contains("NuGet restored other packages for the application '../src/worker/worker.csproj'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Some.Runtime 10.0.12 → 10.0.13 (NuGet package, ../src/worker/worker.csproj)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Some.Library 1.0.0 is added", failure.Message, StringComparison.Ordinal);
        Assert.Equal("10.0.12", Assert.Single(LockFile.TryRead(LockPath)!.Applications![0].Packages).Version);

        Assert.Equal(2, (await Restore(newer)).Changes.Count);
        Assert.Equal(["1.0.0", "10.0.13"], LockFile.TryRead(LockPath)!.Applications![0].Packages.Select(package => package.Version));
    }

    [Fact]
    public async Task Other_contents_under_the_locked_version_are_refused_until_all_is_evaluated_anew()
    {
        await Restore(Application("worker", [], [("Some.Runtime", "10.0.12", s_runtime)]));
        var other = Application("worker", [], [("Some.Runtime", "10.0.12", s_other)]);

        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(other));

        Assert.Equal("COMPOSE1082", failure.Diagnostic.Descriptor.Code);
        Assert.Contains($"its SHA-512 is {s_other}, and {s_runtime} is locked", failure.Diagnostic.Message, StringComparison.Ordinal);
        var change = Assert.Single((await Restore(input => input with { ForceEvaluate = true }, other)).Changes);
        Assert.Equal($"Some.Runtime 10.0.12 ({s_runtime[..12]}) → 10.0.12 ({s_other[..12]}) (NuGet package, ../src/worker/worker.csproj)", change.ToString());
        Assert.Equal(s_other, LockFile.TryRead(LockPath)!.Applications![0].Packages[0].Sha512);
    }

    [Fact]
    public async Task An_application_that_is_gone_makes_the_lock_file_unfit()
    {
        await Restore(Application("worker", [], []));
        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(input => input with { LockedMode = true }, Application("tool", [], [])));
        Assert.Contains("the application '../src/tool/tool.csproj' is referenced; the application '../src/worker/worker.csproj' is no longer referenced", failure.Diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{ "libraries": { "a/1.0": {} }, "packageFolders": {}, "project": { "frameworks": {} } }""")]
    [InlineData("""{ "libraries": { "a/1.0": { "type": "package", "sha512": "x" } }, "packageFolders": {}, "project": { "frameworks": {} } }""")]
    [InlineData("""{ "libraries": {}, "packageFolders": {}, "project": { "frameworks": { "net10.0": { "downloadDependencies": [{ "name": "x", "version": "?" }] } } } }""")]
    public async Task What_NuGet_would_not_write_is_an_error(string assets)
    {
        var application = Application("worker", [], []);
        await File.WriteAllTextAsync(application.AssetsFile, assets, TestContext.Current.CancellationToken);
        Assert.Equal("COMPOSE1081", (await Assert.ThrowsAsync<DiagnosticException>(() => Restore(application))).Diagnostic.Descriptor.Code);
        File.Delete(application.AssetsFile);
        Assert.Equal("COMPOSE1081", (await Assert.ThrowsAsync<DiagnosticException>(() => Restore(application))).Diagnostic.Descriptor.Code);
    }

    [Theory]
    [InlineData("""[null]""")]
    [InlineData("""[{ "project": "a", "packages": [null] }]""")]
    [InlineData("""[{ "project": "a", "packages": [{ "name": "x", "version": "one" }] }]""")]
    [InlineData("""[{ "project": "a", "packages": [{ "name": "x", "version": "1.0.0", "sha512": "YWJj" }] }]""")]
    [InlineData("""[{ "project": "a", "packages": [{ "name": "", "version": "1.0.0" }] }]""")]
    [InlineData("""[{ "project": "a", "packages": [{ "name": "..", "version": "1.0.0" }] }]""")]
    [InlineData("""[{ "project": "a", "packages": [{ "name": "a/../../x", "version": "1.0.0" }] }]""")]
    [InlineData("""[{ "project": "a", "packages": [] }, { "project": "a", "packages": [] }]""")]
    public void A_malformed_lock_file_is_an_error(string applications)
    {
        File.WriteAllText(LockPath, $$"""{ "version": 2, "groups": {}, "applications": {{applications}} }""");
        Assert.Equal("COMPOSE1042", Assert.Throws<DiagnosticException>(() => LockFile.TryRead(LockPath)).Diagnostic.Descriptor.Code);
    }

    private static string Digest(string text) => Convert.ToBase64String(SHA512.HashData(Encoding.UTF8.GetBytes(text)));

    private Task<RestoreResult> Restore(params RestoredApplication[] applications) => Restore(input => input, applications);

    private async Task<RestoreResult> Restore(Func<RestoreInput, RestoreInput> change, params RestoredApplication[] applications)
    {
        var store = new ContentStore(Path.Combine(_folder.Path, "store"));
        using var downloader = new Downloader(store);
        var input = new RestoreInput { LockFile = LockPath, Requests = new(), Applications = applications };
        return await new InputRestorer(store, downloader, TimeProvider.System, _reports).RestoreAsync(change(input), cancellationToken: TestContext.Current.CancellationToken);
    }

    private RestoredApplication Application(
        string name, (string Name, string Version, string Digest)[] libraries, (string Name, string Version, string? Digest)[] downloads) =>
        NuGetFiles.WriteApplication(_folder, name, libraries, downloads);
}
