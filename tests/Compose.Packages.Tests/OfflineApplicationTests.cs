using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Inputs.Applications;
using Compose.Packages.Locking;
using Compose.Packages.Offline;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests;

/// <summary>The NuGet packages of .NET applications in an offline source: out of NuGet's folder, and into a feed for NuGet.</summary>
public sealed class OfflineApplicationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public OfflineApplicationTests() => Directory.CreateDirectory(Path.GetDirectoryName(LockPath)!);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string LockPath => _folder["extension/compose.lock.json"];

    private string Vendor => _folder["vendor"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_locked_for_an_application_and_nothing_else_is_in_its_feed()
    {
        var library = NuGetFiles.WritePackage(_folder, "Some.Library", "1.0.0", "library");
        var runtime = NuGetFiles.WritePackage(_folder, "Some.Runtime", "10.0.12", "runtime");
        RestoredApplication[] applications =
        [
            NuGetFiles.WriteApplication(_folder, "worker", [("Some.Library", "1.0.0", library)], [("Some.Runtime", "10.0.12", runtime)]),
            NuGetFiles.WriteApplication(_folder, "tool", [("Some.Library", "1.0.0", library)], []),
            NuGetFiles.WriteApplication(_folder, "plain", [], []),
        ];
        await Restore(applications);

        Assert.Equal((2, 2, 0), WriteVendor(applications) is var written ? (written.Files, written.Added, written.Removed) : default);
        Assert.Equal((2, 0, 0), WriteVendor(applications) is var again ? (again.Files, again.Added, again.Removed) : default);
        Assert.Equal<(string, string)>(
            [("NuGet package", "Some.Library 1.0.0"), ("NuGet package", "Some.Runtime 10.0.12")],
            OfflineIndex.TryRead(Vendor)!.Files.Select(file => (file.Kind, file.Name)).Order());

        // A second time nothing is written.
        Directory.Delete(_folder["packages"], recursive: true);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal<(string, string)>([("some.library.1.0.0.nupkg", "library"), ("some.runtime.10.0.12.nupkg", "runtime")], WriteFeed("worker"));
            Assert.Equal<(string, string)>([("some.library.1.0.0.nupkg", "library")], WriteFeed("tool"));
            Assert.Empty(WriteFeed("plain"));
            Directory.GetFiles(Vendor + "/blobs", "*", SearchOption.AllDirectories).ToList().ForEach(File.Delete);
        }

        // What is no longer locked goes.
        File.WriteAllText(LockPath, File.ReadAllText(LockPath).Replace("Some.Runtime", "Some.Library", StringComparison.Ordinal).Replace("10.0.12", "1.0.0", StringComparison.Ordinal));
        Assert.Equal<(string, string)>([("some.library.1.0.0.nupkg", "library")], WriteFeed("worker"));
    }

    [Theory]
    [InlineData("no file", "COMPOSE1081", "Some.Library 1.0.0")]
    [InlineData("no digest", "COMPOSE1081", "some.library.1.0.0.nupkg.sha512")]
    [InlineData("other file", "COMPOSE1082", "when NuGet unpacked it")]
    [InlineData("other contents", "COMPOSE1082", "has contents with SHA-512 QUFB")]
    [InlineData("no contents", "COMPOSE1082", "Some.Library 1.0.0")]
    [InlineData("malformed", "COMPOSE1081", "Some.Library 1.0.0")]
    public async Task A_package_that_NuGet_does_not_have_as_it_is_locked_is_not_vendored(string fault, string code, string text)
    {
        var digest = NuGetFiles.WritePackage(_folder, "Some.Library", "1.0.0", "library");
        var application = NuGetFiles.WriteApplication(_folder, "worker", [("Some.Library", "1.0.0", digest)], []);
        await Restore(application);
        var path = NuGetFiles.PackageFile(_folder, "Some.Library", "1.0.0");
        var metadata = Path.Combine(Path.GetDirectoryName(path)!, ".nupkg.metadata");
        switch (fault)
        {
            case "no file": File.Delete(path); break;
            case "no digest": File.Delete(path + ".sha512"); break;
            case "other file": File.WriteAllText(path, "LIBRARY"); break;
            case "other contents": NuGetFiles.WriteMetadata(_folder, "Some.Library", "1.0.0", "QUFB"); break;
            case "no contents": File.Delete(metadata); break;
            case "malformed": File.WriteAllText(metadata, "[]"); break;
        }

        var failure = Assert.Throws<DiagnosticException>(() => WriteVendor(application)).Diagnostic;

        Assert.Equal(code, failure.Descriptor.Code);
        Assert.Contains(text, failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["vendor/blobs"]));
    }

    [Fact]
    public async Task A_damaged_or_missing_package_is_named_and_not_given_to_NuGet()
    {
        var digest = NuGetFiles.WritePackage(_folder, "Some.Library", "1.0.0", "library");
        var application = NuGetFiles.WriteApplication(_folder, "worker", [("Some.Library", "1.0.0", digest)], []);
        await Restore(application);
        WriteVendor(application);
        var blob = Assert.Single(Directory.GetFiles(Vendor + "/blobs", "*", SearchOption.AllDirectories));
        foreach (var bytes in (string[])["librarY", "librar", "library and more"])
        {
            await File.WriteAllTextAsync(blob, bytes, Token);
            Assert.Contains("is not the NuGet package Some.Library 1.0.0", FailsOffline("COMPOSE1091"), StringComparison.Ordinal);
        }

        File.Delete(blob);
        Assert.Contains("The NuGet package Some.Library 1.0.0", FailsOffline("COMPOSE1090"), StringComparison.Ordinal);
        new OfflineIndex(OfflineIndex.CurrentVersion, []).Write(Vendor);
        Assert.Contains("The NuGet package Some.Library 1.0.0", FailsOffline("COMPOSE1090"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder["feed"], "*", SearchOption.AllDirectories));

        // What the lock file does not say, nothing else does.
        Assert.Contains("the packages of the application ../src/other/other.csproj", FailsOffline("COMPOSE1050", "other"), StringComparison.Ordinal);
        File.Delete(LockPath);
        FailsOffline("COMPOSE1050");
    }

    [Fact]
    public async Task An_application_of_other_packages_than_are_locked_is_not_locked_anew_without_a_network()
    {
        var digest = NuGetFiles.WritePackage(_folder, "Some.Library", "1.0.0", "library");
        var before = NuGetFiles.WriteApplication(_folder, "worker", [("Some.Library", "1.0.0", digest)], []);
        await Restore(before);
        WriteVendor(before);
        await Restore(source: OfflineSource.Open(Vendor), before);
        var locked = await File.ReadAllTextAsync(LockPath, Token);

        var other = NuGetFiles.WriteApplication(_folder, "worker", [], []);
        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(source: OfflineSource.Open(Vendor), other));
        Assert.Equal("COMPOSE1050", failure.Diagnostic.Descriptor.Code);

        // Another package under the locked version, with an index that fits it.
        var replaced = NuGetFiles.WriteApplication(_folder, "worker", [("Some.Library", "1.0.0", NuGetFiles.WritePackage(_folder, "Some.Library", "1.0.0", "other"))], []);
        failure = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(source: OfflineSource.Open(Vendor), replaced));
        Assert.Equal("COMPOSE1082", failure.Diagnostic.Descriptor.Code);
        Assert.Equal(locked, await File.ReadAllTextAsync(LockPath, Token));
    }

    private OfflineFolderResult WriteVendor(params RestoredApplication[] applications) =>
        new OfflineFolder(Vendor).Write(new ApplicationPackages().Find(LockPath, applications, Token), Token);

    private string Project(string name) => _folder[$"src/{name}/{name}.csproj"];

    /// <summary>Makes the feed of an application.</summary>
    /// <returns>The names of its packages, and what is in them.</returns>
    private IEnumerable<(string Name, string Text)> WriteFeed(string name)
    {
        var folder = _folder[$"feed/{name}"];
        ApplicationFeed.Write(OfflineSource.Open(Vendor), LockPath, Project(name), folder, Token);
        Assert.True(File.Exists(Path.Combine(folder, "nuget.config")));
        return Directory.GetFiles(Path.Combine(folder, "packages"), "*", SearchOption.AllDirectories).Select(path => (Path.GetFileName(path), File.ReadAllText(path))).Order();
    }

    private string FailsOffline(string code, string name = "worker")
    {
        var failure = Assert.Throws<DiagnosticException>(() => WriteFeed(name)).Diagnostic;
        Assert.Equal($"{code} {failure.Message}", $"{failure.Descriptor.Code} {failure.Message}");
        return failure.Message;
    }

    private Task Restore(params RestoredApplication[] applications) => Restore(null, applications);

    private async Task Restore(OfflineSource? source, params RestoredApplication[] applications)
    {
        var store = new ContentStore(_folder["store"]);
        using var downloader = new Downloader(store);
        var input = new RestoreInput { LockFile = LockPath, Requests = new(), Applications = applications, Offline = source };
        await new InputRestorer(store, downloader, TimeProvider.System, new Reports()).RestoreAsync(input, cancellationToken: Token);
    }
}
