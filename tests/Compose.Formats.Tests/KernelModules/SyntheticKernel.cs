using Compose.FileTrees;
using Compose.Formats.KernelModules;

namespace Compose.Formats.Tests.KernelModules;

/// <summary>A kernel's modules directory on disk, with tiny modules made by the assembler: for depmod and for us.</summary>
internal sealed class SyntheticKernel : IDisposable
{
    public const string Release = "6.12.0-test";

    private readonly TemporaryDirectory _folder = new();

    public SyntheticKernel()
    {
        Directory.CreateDirectory(Modules);
        Directory.CreateSymbolicLink(Path.Combine(Root, "lib"), "usr/lib");
    }

    /// <summary>The root directory: what depmod and modprobe get with -b and -d.</summary>
    public string Root => _folder["root"];

    public string Modules => _folder[$"root/usr/lib/modules/{Release}"];

    /// <summary>Adds a module.</summary>
    /// <param name="path">Below the modules directory. The extension says how it is compressed.</param>
    /// <param name="needs">Undefined symbols; a weak one begins with <c>?</c>.</param>
    /// <param name="exports">Exported symbols, with <c>/NAMESPACE</c> where they have one.</param>
    /// <param name="information">Entries of .modinfo.</param>
    public void Add(string path, string[] needs, string[] exports, params string[] information)
    {
        var source = new StringWriter();
        source.WriteLine(".section .modinfo,\"a\"");
        foreach (var entry in information)
        {
            source.WriteLine($".asciz \"{entry}\"");
        }

        foreach (var export in exports.Select(export => export.Split('/')))
        {
            // As EXPORT_SYMBOL does in Linux 6: name and namespace in the strings, the export itself, and its version.
            source.WriteLine($".section __ksymtab_strings,\"aMS\",%progbits,1\n__kstrtab_{export[0]}: .asciz \"{export[0]}\"");
            source.WriteLine($"__kstrtabns_{export[0]}: .asciz \"{export.ElementAtOrDefault(1)}\"");
            source.WriteLine($".section ___ksymtab+{export[0]},\"a\"\n__ksymtab_{export[0]}: .long {export[0]}");
            source.WriteLine($".globl __crc_{export[0]}\n.set __crc_{export[0]}, 0x1234");
            source.WriteLine($".text\n.globl {export[0]}\n{export[0]}: .long 0");
        }

        source.WriteLine(".text");
        foreach (var need in needs)
        {
            source.WriteLine(need.StartsWith('?') ? $".weak {need[1..]}\n.long {need[1..]}" : $".long {need}");
        }

        var target = Path.Combine(Modules, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllText(_folder["module.s"], source.ToString());
        var uncompressed = target[..(target.LastIndexOf(".ko", StringComparison.Ordinal) + 3)];
        ExternalTool.Run("as", "-o", uncompressed, _folder["module.s"]);
        switch (Path.GetExtension(target))
        {
            case ".xz":
                ExternalTool.Run("xz", "--check=crc32", uncompressed);
                break;
            case ".zst":
                ExternalTool.Run("zstd", "-q", "--rm", uncompressed);
                break;
        }
    }

    /// <summary>Adds one of the lists that the kernel's build makes.</summary>
    public void AddText(string name, string text) => File.WriteAllText(Path.Combine(Modules, name), text);

    /// <summary>The files as a tree.</summary>
    public FileTree ToTree()
    {
        var builder = new FileTreeBuilder();
        foreach (var file in Directory.EnumerateFiles(Modules, "*", SearchOption.AllDirectories))
        {
            builder.Set(Path.GetRelativePath(Root, file), new FileEntry(EntryMetadata.File, new BytesContent(File.ReadAllBytes(file))));
        }

        return builder.Build();
    }

    public KernelModuleSet Read() => KernelModuleSet.Read(ToTree(), Release, TestContext.Current.CancellationToken);

    /// <summary>Writes a tree as another root directory, for modprobe.</summary>
    public string Extract(FileTree tree)
    {
        var root = _folder["extracted"];
        foreach (var item in tree.Items)
        {
            if (item.Entry is FileEntry { Content: BytesContent content })
            {
                var path = Path.Combine(root, item.Path.ToString());
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllBytes(path, content.Bytes.ToArray());
            }
        }

        Directory.CreateSymbolicLink(Path.Combine(root, "lib"), "usr/lib");
        return root;
    }

    public void Dispose() => _folder.Dispose();
}
