using System.Reflection;
using System.Runtime.Loader;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

public class NativeLibraryTests
{
    [Theory]
    [InlineData("zstd", "libzstd.so")]
    [InlineData("xz", "liblzma.so")]
    public void A_native_library_is_found_by_an_assembly_loaded_from_a_folder(string compression, string library)
    {
        // As in an MSBuild task: assemblies are loaded by path into another context, and no deps.json says where native
        // libraries are.
        using var directory = new TemporaryDirectory();
        CopyLibraries(AppContext.BaseDirectory, directory.Path);
        var context = new FolderContext(directory.Path);

        var image = Pack(context, compression, directory.File("image"));

        var options = new SquashFsOptions { Compression = SquashFsCompression.Parse(compression) };
        Assert.Equal(File.ReadAllBytes(directory.Pack(FileTree.Empty, options).Image), File.ReadAllBytes(image));
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains(
                File.ReadLines("/proc/self/maps"),
                line => line.EndsWith(library, StringComparison.Ordinal) && line.Contains(directory.Path, StringComparison.Ordinal));
        }
    }

    private static void CopyLibraries(string source, string destination)
    {
        foreach (var name in (string[])["Compose.SquashFs.dll", "Compose.NativeCodecs.dll", "Compose.FileTrees.dll", "ZstdNet.dll", "ZstdSharp.dll", "K4os.Compression.LZ4.dll"])
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

    private static string Pack(FolderContext context, string compression, string path)
    {
        // Everything by reflection: the types of the other context are not those of this one.
        var trees = context.LoadFromAssemblyName(new AssemblyName("Compose.FileTrees"));
        var writer = context.LoadFromAssemblyName(new AssemblyName("Compose.SquashFs"));
        Assert.NotSame(typeof(SquashFsWriter).Assembly, writer);
        var tree = trees.GetType("Compose.FileTrees.FileTree", throwOnError: true)!.GetProperty("Empty")!.GetValue(null);
        var write = writer.GetType("Compose.SquashFs.SquashFsWriter", throwOnError: true)!.GetMethod("WriteFile")!;
        var parse = writer.GetType("Compose.SquashFs.SquashFsCompression", throwOnError: true)!.GetMethod("Parse")!;
        var options = Activator.CreateInstance(writer.GetType("Compose.SquashFs.SquashFsOptions", throwOnError: true)!)!;
        options.GetType().GetProperty("Compression")!.SetValue(options, parse.Invoke(null, [compression, null]));
        write.Invoke(null, [tree, path, options, null, CancellationToken.None]);
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
