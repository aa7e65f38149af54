using System.Diagnostics;
using Compose.Packages.Tests.Support;
using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>Restores that are killed, and several of them on one content store at once.</summary>
public sealed class InterruptedRestoreTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";
    private const string HelloPackage = "hello_1.0_amd64.deb";

    [Fact]
    public void A_restore_that_was_killed_leaves_nothing_half_written_and_the_next_goes_on_with_it()
    {
        using var workspace = fixture.CreateWorkspace();
        using var mirror = new Mirror(fixture.Archive.Root);
        WriteProject(workspace, "hello");
        var half = (int)new FileInfo(Path.Combine(fixture.Archive.Root, "pool", HelloPackage)).Length / 2;
        mirror.Server.Answer = request => IsHello(request) ? mirror.Server.Serve(request) with { StallAfter = half } : null;
        using (var process = workspace.Start(Restore(Hello, mirror)))
        {
            WaitForPartial(workspace, half, process);
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        Assert.False(File.Exists(workspace.Combine("hello", "compose.lock.json")));
        AssertContentsAreRight(workspace);
        var verify = workspace.Compose("cache", "verify", "--directory", workspace.Combine("cache"));
        Assert.True(verify.ExitCode == 0, verify.Output);

        mirror.Server.Answer = null;
        mirror.Server.Requests.Clear();
        var again = workspace.Dotnet(Restore(Hello, mirror));

        Assert.True(again.ExitCode == 0, again.Output);
        Assert.Equal<long?>(half, Assert.Single(mirror.Server.Requests, IsHello).From);
        Assert.True(File.Exists(workspace.Combine("hello", "compose.lock.json")));
        AssertContentsAreRight(workspace);
        Assert.Empty(Partials(workspace));
    }

    [Fact]
    public async Task Restores_of_two_processes_share_a_store_and_download_nothing_twice()
    {
        using var workspace = fixture.CreateWorkspace();
        using var mirror = new Mirror(fixture.Archive.Root);
        WriteProject(workspace, "hello");
        WriteProject(workspace, "greeter");

        // Neither gets a release file before the other has asked for it.
        var asked = 0;
        using var both = new ManualResetEventSlim();
        mirror.Server.Answer = request =>
        {
            if (request.Path.EndsWith("InRelease", StringComparison.Ordinal))
            {
                if (Interlocked.Increment(ref asked) == 2)
                {
                    both.Set();
                }

                both.Wait(TimeSpan.FromSeconds(50));
            }

            return null;
        };

        var results = await Task.WhenAll(((string[])["hello", "greeter"]).Select(name =>
            Task.Run(() => workspace.Dotnet(Restore($"{name}/{name}.sysext.csproj", mirror)))));

        Assert.All(results, result => Assert.True(result.ExitCode == 0, result.Output));
        Assert.Equal(["greeter_1.0_amd64.deb", HelloPackage, "tiny-base_1.0_amd64.deb"], mirror.Packages.Order(StringComparer.Ordinal));
        Assert.Single(mirror.Served, path => path.Contains("/binary-amd64/", StringComparison.Ordinal));
        AssertContentsAreRight(workspace);
        Assert.Empty(Partials(workspace));
        foreach (var name in (string[])["hello", "greeter"])
        {
            using var locked = workspace.ReadLock(name);
            Assert.Contains(
                locked.RootElement.GetProperty("groups").GetProperty("extension").GetProperty("packages").EnumerateArray(),
                package => package.GetProperty("name").GetString() == "hello");
        }
    }

    private static bool IsHello(TestRequest request) => request.Path.EndsWith("/" + HelloPackage, StringComparison.Ordinal);

    private static void WriteProject(Workspace workspace, string package) =>
        workspace.WriteProject($"{package}/{package}.sysext.csproj", $"""  <ItemGroup><DebianPackage Include="{package}" /></ItemGroup>""");

    private static string[] Restore(string project, Mirror mirror) => ["restore", project, "-nologo", "-tl:off", "-nodeReuse:false", mirror.Argument];

    private static string[] Partials(Workspace workspace)
    {
        var folder = workspace.Combine("cache", "partial");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*.download") : [];
    }

    /// <summary>Waits until so many bytes of a download are there. It begins after the SDK's tasks were built.</summary>
    private static void WaitForPartial(Workspace workspace, int length, Process process)
    {
        var clock = Stopwatch.StartNew();
        while (Partials(workspace).All(path => new FileInfo(path) is not { Exists: true } file || file.Length != length))
        {
            Assert.False(process.HasExited, "The restore ended by itself.");
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(5), "The restore did not begin to download.");
            Thread.Sleep(20);
        }
    }

    /// <summary>Whatever has the name of a content has its digest, too.</summary>
    private static void AssertContentsAreRight(Workspace workspace)
    {
        var sums = CommandLine.RunChecked("sh", ["-c", "find . -type f | xargs -r sha256sum"], workspace.Combine("cache", "blobs"));
        Assert.All(
            sums.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Equal(line[..64], line[64..].Trim().Replace("./", "", StringComparison.Ordinal).Replace("/", "", StringComparison.Ordinal)));
    }
}
