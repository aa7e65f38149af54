using Compose.Diagnostics;
using Compose.Images.BaseSystems;

namespace Compose.Images.Tests.BaseSystems;

/// <summary>What a base system cannot boot without. The systems themselves are the boot tests' matter.</summary>
public class BaseSystemBuilderTests
{
    private static readonly PackageInput Kernel = Trees.Package("linux", "boot/vmlinuz-6.12", "usr/lib/modules/6.12/modules.builtin");
    private static readonly PackageInput Systemd = Trees.Package("systemd", "usr/lib/systemd/systemd");

    [Fact]
    public void A_base_is_its_packages_with_etc_as_a_layer_and_an_initrd()
    {
        var system = new BaseSystemBuilder(new RecordingReporter()).Build(
            Definition([Kernel, Systemd, Trees.Package("tool", "usr/bin/tool", "etc/tool.conf")], [Systemd]), TestContext.Current.CancellationToken);

        Assert.Equal("6.12", system.KernelVersion);
        Assert.Superset(
            new HashSet<string> { "usr/bin/tool", "usr/share/flatcar/etc/tool.conf", "usr/lib/modules/6.12/vmlinuz", "usr/lib/os-release" },
            system.System.Files().ToHashSet());
        Assert.Superset(new HashSet<string> { "init", "usr/lib/systemd/systemd", "usr/lib/initrd-release" }, system.Initrd.Files().ToHashSet());
    }

    [Fact]
    public void A_base_without_a_kernel_is_an_error() => AssertLacks("no kernel", [Systemd], [Systemd]);

    [Fact]
    public void A_base_with_two_kernels_is_an_error() =>
        AssertLacks("more than one kernel: 6.12, 6.13", [Kernel, Trees.Package("linux-next", "boot/vmlinuz-6.13"), Systemd], [Systemd]);

    [Fact]
    public void A_base_without_an_initrd_is_an_error() => AssertLacks("no initrd", [Kernel, Systemd], []);

    [Fact]
    public void An_initrd_without_systemd_is_an_error() => AssertLacks("The initrd has no systemd", [Kernel, Systemd], [Trees.Package("tool", "usr/bin/tool")]);

    private static void AssertLacks(string expected, PackageInput[] packages, PackageInput[] initrd)
    {
        var diagnostic = Assert.Throws<DiagnosticException>(
            () => new BaseSystemBuilder(new RecordingReporter()).Build(Definition(packages, initrd), TestContext.Current.CancellationToken)).Diagnostic;
        Assert.Equal(ImageDiagnostics.MissingInBase, diagnostic.Descriptor);
        Assert.Contains(expected, diagnostic.Message, StringComparison.Ordinal);
    }

    private static BaseSystemDefinition Definition(PackageInput[] packages, PackageInput[] initrd) => new()
    {
        Release = new() { Id = "os", Name = "OS", VersionId = "1" },
        Packages = packages,
        InitrdPackages = initrd,
    };
}
