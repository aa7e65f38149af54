using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Artifacts;
using Compose.Images.Artifacts.Inspection;
using Compose.Images.Artifacts.Verification;
using Compose.Images.Extensions;
using Compose.Images.ReleaseFiles;

namespace Compose.Images.Tests.Artifacts;

/// <summary>A disk as the image project makes it, looked into and verified.</summary>
public sealed class ArtifactTests : IDisposable
{
    private const int Usr = 42 * 1024 * 1024;

    private static readonly FileTree UsrTree = new FileTreeBuilder()
        .SetText("lib/os-release", "ID=compose\nVERSION_ID=1\n")
        .SetText("lib/systemd/system/a.service", "")
        .Set("bin/data", new FileEntry(EntryMetadata.Executable, new BytesContent(Noise(300_000))))
        .Set("bin/su", new FileEntry(EntryMetadata.File with { Permissions = 0x9ED }, new BytesContent("su")))
        .Build();

    private readonly ArtifactFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_system_is_shown_with_its_partitions_kernel_and_files()
    {
        var path = _folder.MakeSystem("system.raw", UsrTree);
        File.WriteAllText(_folder["system_packages.txt"], "base libc6 2.41-12 amd64\nbase bash 5.2 amd64\n");
        var reporter = new RecordingReporter();
        using var artifact = Artifact.Open(path, reporter, cancellationToken: Cancellation);
        var facts = ArtifactInspector.Inspect(artifact, reporter, Cancellation);

        Assert.Empty(reporter.Diagnostics);
        Assert.Equal("disk", facts.Kind);
        Assert.Equal(
            ["1 EFI-SYSTEM esp fat ", "2 USR-A usr-x86-64 squashfs read-only", "3 USR-A-verity usr-x86-64-verity verity read-only"],
            facts.Parts.Select(part => $"{part.Partition!.Number} {part.Partition.Label} {part.Partition.Type} {part.Content} {string.Join(',', part.Partition.Flags)}"));
        var kernel = Assert.Single(facts.Parts[0].Kernels);
        Assert.Equal(("/EFI/BOOT/BOOTX64.EFI", "x86-64", "6.12.0"), (kernel.Path, kernel.Architecture, kernel.KernelRelease));
        Assert.Equal("Compose \\x1b[31m1", kernel.OsRelease["PRETTY_NAME"]);
        Assert.Contains(kernel.Sections, section => section.Name == ".linux");
        var tree = facts.Parts[1].Tree!;
        Assert.Equal("1", tree.OsRelease!["VERSION_ID"]);
        Assert.Equal(["/usr/bin/su"], tree.Privileged.Select(file => file.Path));
        Assert.Equal("/usr/bin/data", tree.Largest[0].Path);
        Assert.Equal(4, tree.Files);
        Assert.Equal(("system_packages.txt", "bash"), (facts.PackageList, facts.Packages[0].Name));
    }

    [Fact]
    public void A_whole_system_passes_every_check()
    {
        var (checks, reporter) = Verify(_folder.MakeSystem("system.raw", UsrTree));
        Assert.Empty(reporter.Diagnostics);
        Assert.Equal(["partition-table", "fat", "unified-kernel", "squashfs", "verity"], checks.Select(check => check.Check));
        Assert.All(checks, check => Assert.Equal(ArtifactCheckResult.Passed, check.Result));
    }

    [Theory]
    [InlineData(512 + 60, "partition-table", "COMPOSE4111")]
    [InlineData(Usr + 102, "squashfs,verity", "COMPOSE4025,COMPOSE4702")]
    [InlineData(Usr + (7 * 1024 * 1024), "", "")] // Behind the file system: nothing vouches for it.
    [InlineData(Usr, "verity", "COMPOSE4702")] // No squashfs any more, so it is not checked as one.
    [InlineData(Usr + (8 * 1024 * 1024), "verity", "COMPOSE3021")]
    [InlineData(Usr + (8 * 1024 * 1024) + 4096, "verity", "COMPOSE4702")]
    public void Each_damage_is_found_by_its_check(long offset, string failed, string codes)
    {
        var path = _folder.MakeSystem("system.raw", UsrTree);
        _folder.Change("system.raw", offset, 0xA5, 0x5A, 0xA5);
        var (checks, reporter) = Verify(path);
        Assert.Equal(failed, string.Join(',', checks.Where(check => check.Result == ArtifactCheckResult.Failed).Select(check => check.Check)));
        Assert.Equal(codes, string.Join(',', reporter.Codes.Distinct().Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Hashes_that_are_for_less_than_the_file_system_are_told()
    {
        var path = _folder.MakeSystem("system.raw", UsrTree);
        _folder.Change("system.raw", Usr + (8 * 1024 * 1024) + 72, 2, 0);
        var (_, reporter) = Verify(path);
        Assert.Equal(["COMPOSE3021"], reporter.Codes);
        Assert.Contains("its hashes are for 8192 bytes", reporter.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Root_hashes_that_differ_are_told()
    {
        var path = _folder.MakeSystem("system.raw", UsrTree, hash: new string('0', 64));
        var (checks, reporter) = Verify(path);
        Assert.Equal(ArtifactCheckResult.Failed, Assert.Single(checks, check => check.Check == "verity").Result);
        Assert.Contains("COMPOSE3022", reporter.Codes);
    }

    [Fact]
    public void A_root_hash_for_what_has_none_is_told()
    {
        var path = _folder.Pack("x.raw", Trees.Of("usr/a"));
        var reporter = new RecordingReporter();
        using var artifact = Artifact.Open(path, reporter, cancellationToken: Cancellation);
        ArtifactVerifier.Verify(artifact, new byte[32], null, reporter, cancellationToken: Cancellation);
        Assert.Equal(["COMPOSE3021"], reporter.Codes);
    }

    [Theory]
    [InlineData("usr/lib/extension-release.d/extension-release.ext", "ID=_any\n", "")]
    [InlineData("usr/lib/extension-release.d/extension-release.ext", "VERSION_ID=1\n", "COMPOSE2020")]
    [InlineData("usr/lib/extension-release.d/extension-release.other", "ID=_any\n", "COMPOSE2020")]
    public void An_extension_that_would_not_be_merged_is_told(string release, string text, string code)
    {
        var tree = new FileTreeBuilder().SetText(release, text).Build();
        foreach (var path in new[] { _folder.Pack("ext.raw", tree), _folder.Pack("ext.sysext.raw", tree), _folder.Write("ext", tree) })
        {
            var (_, reporter) = Verify(path);
            Assert.Equal(code, string.Join(',', reporter.Codes));
        }
    }

    [Theory]
    [InlineData("ext.raw", "ID=os\nSYSEXT_LEVEL=1\n", 252, null)]
    [InlineData("ext.raw", "ID=_any\nARCHITECTURE=arm64\n", 257, "its ARCHITECTURE is 'arm64', the host's 'x86-64'")]
    [InlineData("ext.raw", "ID=os\nSYSEXT_LEVEL=2\n", 257, "its SYSEXT_LEVEL is '2', the base's '1'")]
    [InlineData("ext.raw", "ID=parent\nSYSEXT_LEVEL=1\n", 257, null)]
    [InlineData("ext.raw", "ID=parent\nSYSEXT_LEVEL=1\n", 252, "its ID is 'parent', the base's 'os'")]
    [InlineData("ext_1.0.raw", "ID=_any\n", 257, null)]
    [InlineData("ext_1.0.raw", "ID=_any\n", 252, "systemd 252 looks for extension-release.ext_1.0")]
    public void An_extension_is_compared_with_a_host(string name, string text, int systemd, string? expected)
    {
        var path = _folder.Pack(name, new FileTreeBuilder().SetText("usr/lib/extension-release.d/extension-release.ext", text).Build());
        var host = new MergingHost(ReleaseFile.Parse("ID=os\nID_LIKE=parent\nVERSION_ID=1\nSYSEXT_LEVEL=1\n"), "x86-64", systemd);
        var reporter = new RecordingReporter();
        using var artifact = Artifact.Open(path, reporter, cancellationToken: Cancellation);
        var checks = ArtifactVerifier.Verify(artifact, null, null, reporter, host, cancellationToken: Cancellation);

        var merge = Assert.Single(checks, check => check.Check == "merge");
        Assert.Equal((expected is null ? ArtifactCheckResult.Passed : ArtifactCheckResult.Failed, $"os 1, systemd {systemd}"), (merge.Result, merge.Detail));
        Assert.Equal(expected is null ? [] : ["COMPOSE3005"], reporter.Codes);
        Assert.All(reporter.Diagnostics, diagnostic => Assert.Contains(expected!, diagnostic.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void All_that_is_wrong_with_a_squashfs_image_is_told()
    {
        var tree = new FileTreeBuilder();
        for (var i = 0; i < 4; i++)
        {
            tree.Set($"file-{i}", new FileEntry(EntryMetadata.File, new BytesContent(Noise(200_000 + i))));
        }

        var path = _folder.Pack("x.raw", tree.Build(), blockSize: 4096);
        _folder.Change("x.raw", 102, new byte[9000]);
        var (checks, reporter) = Verify(path);
        Assert.Equal(ArtifactCheckResult.Failed, Assert.Single(checks, check => check.Check == "squashfs").Result);
        Assert.True(reporter.Codes.Count(code => code == "COMPOSE4025") > 1);
    }

    [Theory]
    [InlineData("text", "COMPOSE3020")]
    [InlineData("", "COMPOSE3020")]
    [InlineData("hsqs", "COMPOSE4020")]
    public void What_is_no_image_is_refused(string text, string code)
    {
        File.WriteAllText(_folder["x"], text);
        Assert.Equal(code, Assert.Throws<DiagnosticException>(() => Artifact.Open(_folder["x"], new RecordingReporter(), cancellationToken: Cancellation)).Diagnostic.Descriptor.Code);
        Assert.Throws<FileNotFoundException>(() => Artifact.Open(_folder["missing"], new RecordingReporter(), cancellationToken: Cancellation));
        ExternalTool.Run("mkfifo", _folder["pipe"]);
        Assert.Equal("COMPOSE3020", Assert.Throws<DiagnosticException>(() => Artifact.Open(_folder["pipe"], new RecordingReporter(), cancellationToken: Cancellation)).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void An_erofs_image_is_named_as_such()
    {
        ExternalTool.Run("mkfs.erofs", _folder["x.raw"], _folder.Write("x", UsrTree));
        var refused = Assert.Throws<DiagnosticException>(() => Artifact.Open(_folder["x.raw"], new RecordingReporter(), cancellationToken: Cancellation));
        Assert.Contains("erofs", refused.Message, StringComparison.Ordinal);
    }

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);

        // Bytes that can be compressed: changes of a block that is stored as it is would be found by nobody but dm-verity.
        return [.. bytes.Select(value => (byte)(value & 0x1F))];
    }

    private static (IReadOnlyList<ArtifactCheck> Checks, RecordingReporter Reporter) Verify(string path)
    {
        var reporter = new RecordingReporter();
        using var artifact = Artifact.Open(path, reporter, cancellationToken: Cancellation);
        return (ArtifactVerifier.Verify(artifact, null, null, reporter, cancellationToken: Cancellation), reporter);
    }
}
