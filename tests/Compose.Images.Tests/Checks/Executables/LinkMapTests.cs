using Compose.FileTrees;
using Compose.Formats.Elf;
using Compose.Images.Checks;
using Compose.Images.Checks.Executables;

namespace Compose.Images.Tests.Checks.Executables;

/// <summary>We find what the dynamic linker of this machine finds, and at the same places.</summary>
public class LinkMapTests
{
    private const int ProgramCount = 80;
    private const int LibraryCount = 40;

    private static readonly string[] Folders = [HostLibraries.Folder, "/usr/lib", "/usr/lib64", "/usr/bin"];

    /// <summary>What the machine's linker is to make of files: a line each, as <c>file &lt; what it needs : options of gcc</c>.</summary>
    public static TheoryData<string, string[]> Layouts => new()
    {
        { "a RUNPATH", ["lib/liba.so", "program < lib/liba.so : -Wl,-rpath,$ORIGIN/lib"] },
        { "no path at all", ["lib/liba.so", "program < lib/liba.so"] },
        { "a RUNPATH is not that of libraries", ["lib/libb.so", "lib/liba.so < lib/libb.so", "program < lib/liba.so : -Wl,-rpath,$ORIGIN/lib"] },
        { "an RPATH is", ["lib/libb.so", "lib/liba.so < lib/libb.so", "program < lib/liba.so : -Wl,-rpath,$ORIGIN/lib,--disable-new-dtags"] },
        {
            "an RPATH is not where the library has a RUNPATH",
            ["lib/libb.so", "lib/liba.so < lib/libb.so : -Wl,-rpath,/nowhere", "program < lib/liba.so : -Wl,-rpath,$ORIGIN/lib,--disable-new-dtags"]
        },
        {
            "an RPATH of a library counts for what it loads",
            [
                "deep/libc1.so", "lib/libb.so < deep/libc1.so", "lib/liba.so < lib/libb.so : -Wl,-rpath,$ORIGIN/../deep,--disable-new-dtags",
                "program < lib/liba.so : -Wl,-rpath,$ORIGIN/lib,--disable-new-dtags",
            ]
        },
        { "a file is called by its soname", ["lib/liba.so.1.2 : -Wl,-soname,liba.so.1", "lib/liba.so.1 -> liba.so.1.2", "program < lib/liba.so.1.2 : -Wl,-rpath,$ORIGIN/lib"] },
        {
            "what was loaded before is not looked for",
            ["lib/libb.so", "lib/liba.so < lib/libb.so", "program < lib/liba.so lib/libb.so : -Wl,-rpath,$ORIGIN/lib"]
        },
        {
            "what was loaded under another name is known by its soname",
            [
                "lib/libb.so.1 : -Wl,-soname,libb.so.1", "lib/libb.so -> libb.so.1", "lib/liba.so < lib/libb.so.1",
                "other/libb.so : -Wl,-soname,libb.so", "program < lib/liba.so other/libb.so : -Wl,-rpath,$ORIGIN/lib",
            ]
        },
        { "a path with a slash", ["lib/liba.so : nosoname", "program < lib/liba.so"] },
        { "$LIB and ${ORIGIN}", ["lib/x86_64-linux-gnu/liba.so", "program < lib/x86_64-linux-gnu/liba.so : -Wl,-rpath,${ORIGIN}/$LIB"] },
        { "a token's name goes on", ["lib/liba.so", "program < lib/liba.so : -Wl,-rpath,$ORIGINAL/lib:$ORIGIN_/lib:${ORIGIN/lib"] },
        { "folders that are not there come first", ["lib/liba.so", "program < lib/liba.so : -Wl,-rpath,/nowhere:relative::$ORIGIN/x/../y/./lib:$ORIGIN/./lib//"] },
        { "a library of 32 bits is passed over", ["old/liba.so : 32", "lib/liba.so", "program < lib/liba.so : -Wl,-rpath,$ORIGIN/old:$ORIGIN/lib"] },
        { "only one of 32 bits", ["lib/liba.so", "old/liba.so : 32", "program < lib/liba.so : -Wl,-rpath,$ORIGIN/old"] },
        { "libraries that need each other", ["lib/libb.so", "lib/liba.so < lib/libb.so", "lib/libb.so < lib/liba.so", "program < lib/liba.so : -Wl,-rpath,$ORIGIN/lib,--disable-new-dtags"] },
        { "no default folders", ["lib/liba.so", "program < lib/liba.so : -Wl,-rpath,$ORIGIN/lib,-z,nodefaultlib"] },
        {
            "$ORIGIN of a library is where it was found, not where it is",
            ["real/libb.so", "real/liba.so < real/libb.so : -Wl,-rpath,$ORIGIN", "lib/liba.so -> ../real/liba.so", "program < real/liba.so : -Wl,-rpath,$ORIGIN/lib"]
        },
        { "links that go round", ["real/liba.so", "lib/liba.so -> libb.so", "lib/libb.so -> liba.so", "program < real/liba.so : -Wl,-rpath,$ORIGIN/lib"] },
        { "the same file twice", ["lib/liba.so", "lib/libb.so -> liba.so", "x/libb.so", "program < lib/liba.so x/libb.so : -Wl,-rpath,$ORIGIN/lib"] },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Libraries_are_found_as_the_linker_finds_them(string name, string[] layout)
    {
        using var folder = new TemporaryDirectory();
        ElfLayout.Build(folder, layout);
        var program = HostLibraries.RealPaths([folder["program"]]).Single();
        string[] folders = [.. Folders, .. Directory.GetDirectories(folder.Path, "*", SearchOption.AllDirectories), folder.Path];
        var expected = HostLibraries.Loaded(program);
        Assert.NotEmpty(expected);
        Assert.True(expected.SetEquals(Find(HostLibraries.Tree(folders), program)), $"{name}:\n{string.Join('\n', expected)}\nbut we say\n{string.Join('\n', Find(HostLibraries.Tree(folders), program))}");
    }

    [Fact]
    public void Programs_and_libraries_of_this_machine_get_what_its_linker_loads()
    {
        string[] files =
        [
            .. DynamicFiles("/usr/bin").Take(ProgramCount),
            .. DynamicFiles(HostLibraries.Folder).Take(LibraryCount),
            .. DynamicFiles($"{HostLibraries.Folder}/gconv").Take(5),
        ];
        Assert.True(files.Length > 60, $"Only {files.Length} files are there to compare.");
        var expected = files.ToDictionary(file => file, HostLibraries.Loaded);

        // What the linker knows from its cache is in folders of ld.so.conf; links go through /etc/alternatives.
        var tree = HostLibraries.Tree(
        [
            .. Folders, "/etc", "/etc/ld.so.conf.d", "/etc/alternatives", $"{HostLibraries.Folder}/gconv",
            .. expected.Values.SelectMany(loaded => loaded).Where(path => path[0] == '/').Select(path => Path.GetDirectoryName(path)!),
        ]);
        var search = Search(tree);
        Assert.All(expected, file =>
        {
            var found = Find(tree, file.Key, search);
            Assert.True(file.Value.SetEquals(found), $"{file.Key}:\n{string.Join('\n', file.Value)}\nbut we say\n{string.Join('\n', found)}");
        });
    }

    private static IEnumerable<string> DynamicFiles(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles()
            .Where(file => file.LinkTarget is null && file.Length > 1000 && IsDynamic(file))
            .Select(file => file.FullName)
            .Where(file => !file.Contains("/ld-linux", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    private static bool IsDynamic(FileInfo file)
    {
        try
        {
            return ElfDynamicReader.Read(new HostFileContent(file.FullName, file.Length)) is { Machine: 62, Is64Bit: true, Needed.Count: > 0 };
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static LibrarySearch Search(FileTree tree) => new(Merged(tree), hasBase: true);

    private static MergedTree Merged(FileTree tree) =>
        new([new MergedLayer(MergedLayer.BaseName, tree), new MergedLayer(MergedLayer.BaseName, HostRoot.Of(tree))]);

    /// <summary>What we load for a file, in the form of <see cref="HostLibraries.Loaded"/>.</summary>
    private static SortedSet<string> Find(FileTree tree, string file, LibrarySearch? search = null)
    {
        var merged = Merged(tree);
        search ??= Search(tree);
        var item = merged.Resolve(TreePath.Parse(file))!.Value;
        var linker = merged.Resolve(TreePath.Parse(HostLibraries.Linker))!.Value;
        var processor = Processor.Named("x86-64")!;
        var map = LinkMap.OfProgram(
            LinkedObject.First(item, search.Read(item.Entry)!),
            new LinkedObject(linker, HostLibraries.Linker, search.Read(linker.Entry)!, loader: null),
            search,
            processor);
        return new(
            [
                .. map.Objects.Skip(1).Select(loaded => $"/{loaded.Item.Path}"),
                .. map.MissingLibraries.Select(missing => $"{missing.Library} => not found"),
            ],
            StringComparer.Ordinal);
    }
}
