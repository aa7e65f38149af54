using System.IO.Compression;
using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed class PackageTests(SdkFixture fixture)
{
    [Fact]
    public void The_package_holds_what_the_repository_has_and_no_more()
    {
        using var package = ZipFile.OpenRead(fixture.Package.File);
        var names = package.Entries.Select(entry => entry.FullName).ToHashSet(StringComparer.Ordinal);

        var sdk = Repository.Combine("sdk", "compose.sdk", "1.0.0-dev");
        var expected = ((string[])["Sdk", "targets"])
            .SelectMany(folder => Directory.GetFiles(Path.Combine(sdk, folder)))
            .Select(file => Path.GetRelativePath(sdk, file))
            .Where(file => file != "targets/Compose.Repository.targets")
            .Concat(Directory.GetFiles(Repository.Combine("sdk", "docs")).Select(file => "docs/" + Path.GetFileName(file)))
            .Order(StringComparer.Ordinal);
        Assert.Equal(expected, names.Where(name => name.StartsWith("Sdk/", StringComparison.Ordinal) || name.StartsWith("targets/", StringComparison.Ordinal) || name.StartsWith("docs/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

        Assert.Contains("tools/net10.0/Compose.Tasks.dll", names);
        Assert.Contains("tools/net10.0/Compose.Tasks.deps.json", names);
        Assert.Contains("tools/net10.0/compose.dll", names);
        Assert.Contains("tools/net10.0/compose.runtimeconfig.json", names);
        Assert.Contains("tools/net10.0/runtimes/linux-x64/native/libzstd.so", names);
        Assert.DoesNotContain(names, name => Path.GetFileName(name).StartsWith("Microsoft.Build", StringComparison.Ordinal));
        Assert.DoesNotContain(names, name => name.StartsWith("lib/", StringComparison.Ordinal));
    }
}
