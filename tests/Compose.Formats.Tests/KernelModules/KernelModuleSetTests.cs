using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.KernelModules;

namespace Compose.Formats.Tests.KernelModules;

public class KernelModuleSetTests
{
    private const string Release = SyntheticKernel.Release;

    [Fact]
    public void Indexes_are_those_that_depmod_makes()
    {
        using var kernel = MakeKernel();
        var ours = kernel.Read().ToTree();
        ExternalTool.Run("depmod", "-b", kernel.Root, Release);

        foreach (var name in new[]
        {
            "modules.alias", "modules.alias.bin", "modules.builtin.alias.bin", "modules.builtin.bin", "modules.devname",
            "modules.softdep", "modules.symbols.bin",
        })
        {
            Assert.True(ReadExpected(kernel, name).AsSpan().SequenceEqual(ReadActual(ours, name)), $"{name} differs.");
        }

        // The order of symbols is the one of a hash table, and the order of dependencies leaves depmod some freedom.
        Assert.Equal(Lines(ReadExpected(kernel, "modules.symbols")).Order(StringComparer.Ordinal), Lines(ReadActual(ours, "modules.symbols")).Order(StringComparer.Ordinal));
        var expected = Lines(ReadExpected(kernel, "modules.dep")).Select(SplitDependencies).ToArray();
        var actual = Lines(ReadActual(ours, "modules.dep")).Select(SplitDependencies).ToArray();
        Assert.Equal(expected.Select(line => line[0]), actual.Select(line => line[0]));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First.Order(StringComparer.Ordinal), pair.Second.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Modprobe_loads_dependencies_first_from_our_indexes()
    {
        using var kernel = MakeKernel();
        var root = kernel.Extract(kernel.Read().ToTree());
        var folder = Path.Combine(root, "lib/modules", Release);
        // modprobe takes the soft dependency (delta, which needs alpha) too, and names what is loaded already again.
        var expected = new[] { "kernel/lib/alpha.ko", "updates/delta.ko", "kernel/lib/beta-dash.ko.xz", "kernel/drivers/gamma.ko.zst" };
        Assert.Equal(
            expected.Select(path => $"insmod {folder}/{path} "),
            ExternalTool.Run("modprobe", "--show-depends", "-d", root, "-S", Release, "gamma").Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct());
        Assert.Equal("builtin builtin_one\n", ExternalTool.Run("modprobe", "--show-depends", "-d", root, "-S", Release, "builtin-one"));
    }

    [Theory]
    [InlineData("pci:v00001AF4d00001000sv0", "gamma")]
    [InlineData("gamma-alias", "gamma")]
    [InlineData("gamma_alias", "gamma")]
    [InlineData("symbol:beta_function", "beta_dash")]
    [InlineData("char-major-10-123", "gamma")]
    [InlineData("builtin:x-y", "builtin_one")]
    public void Modprobe_resolves_aliases_with_our_indexes(string alias, string module)
    {
        using var kernel = MakeKernel();
        var root = kernel.Extract(kernel.Read().ToTree());
        Assert.Equal(module + "\n", ExternalTool.Run("modprobe", "-R", "-d", root, "-S", Release, alias));
    }

    [Fact]
    public void A_selection_holds_its_dependencies_and_modprobe_can_load_it()
    {
        using var kernel = MakeKernel();
        var selection = kernel.Read().Select(["gamma", "builtin-one", "beta-dash"], withSoftDependencies: false);
        Assert.Equal(["beta_dash", "alpha", "gamma"], selection.Modules.Select(module => module.Name));
        var root = kernel.Extract(selection.ToTree());
        Assert.Contains("gamma.ko.zst", ExternalTool.Run("modprobe", "--show-depends", "-d", root, "-S", Release, "gamma"));
        Assert.NotEqual(0, ExternalTool.TryRun("modprobe", "--show-depends", "-d", root, "-S", Release, "delta").ExitCode);
    }

    [Fact]
    public void Soft_dependencies_are_taken_when_they_exist()
    {
        using var kernel = MakeKernel();
        var set = kernel.Read();
        Assert.Equal(["beta_dash", "alpha", "delta"], set.Select(["beta_dash"]).Modules.Select(module => module.Name));
        Assert.Equal(["gamma"], set.Select(["gamma-alias"], withSoftDependencies: false).Modules.Where(module => module.Name == "gamma").Select(module => module.Name));
    }

    [Fact]
    public void A_module_below_updates_replaces_the_kernels_own()
    {
        using var kernel = MakeKernel();
        Assert.Equal("updates/delta.ko", kernel.Read().Modules.Single(module => module.Name == "delta").Path.ToString());
    }

    [Theory]
    [InlineData("gama", "gamma")]
    [InlineData("beta", "beta_dash")]
    [InlineData("builtin-on", "builtin_one")]
    public void An_unknown_module_is_refused_with_similar_names(string name, string similar)
    {
        using var kernel = MakeKernel();
        var failure = Assert.Throws<DiagnosticException>(() => kernel.Read().Select([name]));
        Assert.Equal("COMPOSE4601", failure.Diagnostic.Descriptor.Code);
        Assert.Contains($"'{name}'", failure.Message);
        Assert.Contains($"Similar names: {similar}", failure.Message);
    }

    [Fact]
    public void Modules_that_need_each_other_are_refused()
    {
        using var kernel = new SyntheticKernel();
        kernel.Add("kernel/one.ko", ["from_two"], ["from_one"]);
        kernel.Add("kernel/two.ko", ["from_one"], ["from_two"]);
        var failure = Assert.Throws<DiagnosticException>(kernel.Read);
        Assert.Equal("COMPOSE4602", failure.Diagnostic.Descriptor.Code);
        Assert.Contains("one, two", failure.Message);
    }

    [Fact]
    public void Two_files_of_one_module_are_refused()
    {
        using var kernel = new SyntheticKernel();
        kernel.Add("kernel/a/twin.ko", [], []);
        kernel.Add("kernel/b/twin.ko.zst", [], []);
        Assert.Equal("COMPOSE4602", Assert.Throws<DiagnosticException>(kernel.Read).Diagnostic.Descriptor.Code);
    }

    [Theory]
    [InlineData("broken.ko", "this is no module")]
    [InlineData("broken.ko", "\u007fELF")]
    [InlineData("broken.ko.xz", "\u00fd7zXZ\0but not really xz")]
    [InlineData("broken.ko.zst", "(\u00b5/\u00fdbut not really zstd")]
    public void A_damaged_module_is_refused_by_name(string name, string content)
    {
        var tree = new FileTreeBuilder()
            .Set($"usr/lib/modules/{Release}/kernel/{name}", new FileEntry(EntryMetadata.File, new BytesContent(System.Text.Encoding.Latin1.GetBytes(content))))
            .Build();
        var failure = Assert.Throws<DiagnosticException>(() => KernelModuleSet.Read(tree, Release, TestContext.Current.CancellationToken));
        Assert.Equal("COMPOSE4501", failure.Diagnostic.Descriptor.Code);
        Assert.Contains(name, failure.Message);
    }

    [Fact]
    public void A_release_without_modules_gives_empty_indexes_that_modprobe_reads()
    {
        using var kernel = new SyntheticKernel();
        kernel.AddText("modules.builtin", "kernel/only.ko\n");
        Assert.Equal([Release], KernelModuleSet.ReleasesIn(kernel.ToTree()));
        var root = kernel.Extract(kernel.Read().ToTree());
        Assert.Equal("builtin only\n", ExternalTool.Run("modprobe", "--show-depends", "-d", root, "-S", Release, "only"));
    }

    private static SyntheticKernel MakeKernel()
    {
        var kernel = new SyntheticKernel();
        kernel.Add("kernel/lib/alpha.ko", ["_printk"], ["alpha_one/NAMESPACE", "alpha_two"], "license=GPL", "name=alpha");
        kernel.Add("kernel/lib/beta-dash.ko.xz", ["alpha_one"], ["beta_function"], "softdep=pre: delta post: nowhere", "alias=first-alias");
        kernel.Add(
            "kernel/drivers/gamma.ko.zst", ["beta_function", "alpha_two", "?nobody", "_printk"], [],
            "alias=pci:v00001AF4d0000[1-3]0*sv*", "alias=gamma-alias", "alias=devname:gamma-device", "alias=char-major-10-123",
            "alias=broken]bracket-s", "alias=gamma", "alias=gamma-alias-more", "alias=fs-gamma");
        kernel.Add("kernel/drivers/delta.ko", [], ["delta_symbol"], "alias=shared-alias");
        kernel.Add("updates/delta.ko", ["?alpha_two"], ["delta_symbol"], "alias=shared-alias", "alias=shared_alias");
        kernel.Add("kernel/drivers/epsilon.ko", ["delta_symbol"], [], "alias=shared-alias", "alias=devname:e", "alias=block-major-7-0");
        kernel.AddText("modules.order", "kernel/lib/beta-dash.ko\nkernel/lib/alpha.ko\nkernel/drivers/gamma.ko\nkernel/drivers/delta.ko\nkernel/drivers/epsilon.ko\n");
        kernel.AddText("modules.builtin", "kernel/b/builtin-one.ko\nkernel/b/builtin-two.ko\n");
        kernel.AddText("modules.builtin.modinfo", "builtin_one.license=GPL\0builtin_one.alias=builtin:x-y\0builtin_two.alias=fs-two\0");
        return kernel;
    }

    private static byte[] ReadExpected(SyntheticKernel kernel, string name) => File.ReadAllBytes(Path.Combine(kernel.Modules, name));

    private static byte[] ReadActual(FileTree tree, string name)
    {
        Assert.True(tree.TryGet(KernelModuleSet.DirectoryOf(Release).Child(name), out var entry));
        return ((BytesContent)((FileEntry)entry).Content).Bytes.ToArray();
    }

    private static string[] Lines(byte[] text) => System.Text.Encoding.Latin1.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string[] SplitDependencies(string line) => line.Split([':', ' '], StringSplitOptions.RemoveEmptyEntries);
}
