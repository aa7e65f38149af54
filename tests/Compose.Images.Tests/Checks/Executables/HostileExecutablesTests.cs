using Compose.Diagnostics;
using Compose.FileTrees;
using CsCheck;

namespace Compose.Images.Tests.Checks.Executables;

/// <summary>Files that were made to hurt: the check ends, and says something or nothing.</summary>
public sealed class HostileExecutablesTests : ExecutablesTest
{
    [Fact]
    public void Damaged_programs_and_libraries_are_reported_or_passed_over()
    {
        ElfLayout.Build(Folder, "libb.so", "liba.so < libb.so", "program < liba.so : -Wl,-rpath,$ORIGIN/../lib/tool,--disable-new-dtags");
        var program = System.IO.File.ReadAllBytes(Folder["program"]);
        var library = System.IO.File.ReadAllBytes(Folder["liba.so"]);
        var value = Gen.OneOf(Gen.Byte, Gen.Const((byte)0), Gen.Const((byte)'/'), Gen.Const((byte)'$'), Gen.Const((byte)':'), Gen.Const((byte)0xFF));
        Gen.Select(Gen.Bool, Gen.Select(Gen.Int[4, 2000], value).Array[1, 8], Gen.Int[0, 20]).Sample(
            (inProgram, changes, cut) =>
            {
                var damaged = (byte[])(inProgram ? program : library).Clone();
                foreach (var (place, change) in changes)
                {
                    damaged[place % damaged.Length] = change;
                }

                var bytes = cut == 0 ? damaged[..(damaged.Length / 2)] : damaged;
                Check(Tree(
                    ("usr/bin/tool", inProgram ? Program(bytes) : Program(program)),
                    ("usr/lib/tool/liba.so", inProgram ? Program(library) : Program(bytes)),
                    ("usr/lib/tool/libb.so", File("libb.so"))));
            },
            seed: "0000KeRvtYs4", iter: 2000, threads: 1);
    }

    [Fact]
    public void A_search_path_of_thousands_of_folders_ends()
    {
        // Ten thousand programs would look into more than a hundred million folders.
        var path = string.Join(':', Enumerable.Range(0, 1600).Select(i => $"/usr/{i:x3}"));
        ElfLayout.Build(
            Folder,
            [.. Enumerable.Range(0, 50).Select(i => $"lib{i}.so"), $"program < {string.Join(' ', Enumerable.Range(0, 50).Select(i => $"lib{i}.so"))} : -Wl,-rpath,{path}"]);
        var program = Program(System.IO.File.ReadAllBytes(Folder["program"]));
        var builder = new FileTreeBuilder(Tree([.. Enumerable.Range(0, 1000).Select(i => ($"usr/bin/tool{i}", program.Clone()))]));
        for (var i = 0; i < 1600; i++)
        {
            builder.Set($"usr/{i:x3}", new DirectoryEntry(EntryMetadata.Directory));
        }

        Check(builder.Build());
        Assert.Contains("too many folders", Assert.Single(FindingGroups.Merge(Reporter.Diagnostics.Where(IsUnreadable))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Libraries_that_all_need_each_other_end()
    {
        // Four hundred programs would follow forty million names.
        string[] names = [.. Enumerable.Range(0, 300).Select(i => $"lib{i}.so")];
        ElfLayout.Build(Folder, "lib0.so : nosoname");
        foreach (var name in names[1..])
        {
            System.IO.File.Copy(Folder["lib0.so"], Folder[name]);
        }

        ElfLayout.Build(Folder, $"all.so : -L{Folder.Path} {string.Join(' ', names.Select(name => $"-l:{name}"))}", "program < all.so");
        var (all, program) = (Program(System.IO.File.ReadAllBytes(Folder["all.so"])), Program(System.IO.File.ReadAllBytes(Folder["program"])));
        Check(Tree(
        [
            ("usr/lib/x86_64-linux-gnu/all.so", all),
            .. names.Select(name => ($"usr/lib/x86_64-linux-gnu/{name}", all.Clone())),
            .. Enumerable.Range(0, 400).Select(i => ($"usr/bin/tool{i}", program.Clone())),
        ]));

        Assert.Contains("need too many of each other", Assert.Single(FindingGroups.Merge(Reporter.Diagnostics.Where(IsUnreadable))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_that_make_a_path_grow_end()
    {
        ElfLayout.Build(Folder, "liba.so", $"program < liba.so : -Wl,-rpath,{string.Concat(Enumerable.Repeat("$ORIGIN", 2000))}");
        var deep = string.Join('/', Enumerable.Repeat(new string('d', 200), 15));
        Check(Tree(($"usr/{deep}/tool", File("program"))));
        Reporter.Single(ImageDiagnostics.LibraryNotFound);
    }

    private static bool IsUnreadable(Diagnostic diagnostic) => diagnostic.Descriptor.Code == ImageDiagnostics.UnreadableElf.Code;

    private static FileEntry Program(byte[] bytes) => new(EntryMetadata.Executable, new BytesContent(bytes));
}

/// <summary>Makes another inode of the same content.</summary>
file static class Entries
{
    public static FileEntry Clone(this FileEntry entry) => new(entry.Metadata, entry.Content);
}
