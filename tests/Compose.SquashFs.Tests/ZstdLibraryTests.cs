using System.Reflection;
using System.Runtime.Loader;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

public class ZstdLibraryTests
{
    [Fact]
    public void The_native_library_is_found_by_an_assembly_loaded_from_a_folder()
    {
        // As in an MSBuild task: assemblies are loaded by path into another context, and no deps.json says where native
        // libraries are.
        using var directory = new TemporaryDirectory();
        CopyLibraries(AppContext.BaseDirectory, directory.Path);
        var context = new FolderContext(directory.Path);

        var image = Pack(context, directory.File("image"));

        Assert.Equal(File.ReadAllBytes(directory.Pack(FileTree.Empty).Image), File.ReadAllBytes(image));
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains(
                File.ReadLines("/proc/self/maps"),
                line => line.EndsWith("libzstd.so", StringComparison.Ordinal) && line.Contains(directory.Path, StringComparison.Ordinal));
        }
    }

    private static void CopyLibraries(string source, string destination)
    {
        foreach (var name in (string[])["Compose.SquashFs.dll", "Compose.FileTrees.dll", "ZstdNet.dll"])
        {
            File.Copy(Path.Combine(source, name), Path.Combine(destination, name));
        }

        foreach (var library in Directory.EnumerateFiles(Path.Combine(source, "runtimes"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(destination, Path.GetRelativePath(source, library));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(library, copy);
        }
    }

    private static string Pack(FolderContext context, string path)
    {
        // Everything by reflection: the types of the other context are not those of this one.
        var trees = context.LoadFromAssemblyName(new AssemblyName("Compose.FileTrees"));
        var writer = context.LoadFromAssemblyName(new AssemblyName("Compose.SquashFs"));
        Assert.NotSame(typeof(SquashFsWriter).Assembly, writer);
        var tree = trees.GetType("Compose.FileTrees.FileTree", throwOnError: true)!.GetProperty("Empty")!.GetValue(null);
        var write = writer.GetType("Compose.SquashFs.SquashFsWriter", throwOnError: true)!.GetMethod("WriteFile")!;
        write.Invoke(null, [tree, path, null, null, CancellationToken.None]);
        return path;
    }

    private sealed class FolderContext(string folder) : AssemblyLoadContext("a folder")
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var path = Path.Combine(folder, assemblyName.Name + ".dll");
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
}
