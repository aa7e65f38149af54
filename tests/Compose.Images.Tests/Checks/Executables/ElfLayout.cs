namespace Compose.Images.Tests.Checks.Executables;

/// <summary>Programs and libraries that gcc makes for tests.</summary>
internal static class ElfLayout
{
    private static readonly string[] LibraryOptions = ["-shared", "-fPIC", "-nostdlib"];

    /// <summary>
    /// Makes files. A line is <c>path &lt; what it is linked with : options</c>, or <c>link -> target</c>. A name with
    /// <c>.so</c> becomes a library that needs no other but those named.
    /// </summary>
    public static void Build(TemporaryDirectory folder, params string[] lines)
    {
        foreach (var line in lines)
        {
            if (line.Split(" -> ") is [var link, var target])
            {
                Directory.CreateDirectory(Path.GetDirectoryName(folder[link])!);
                File.CreateSymbolicLink(folder[link], target);
                continue;
            }

            var (left, options) = line.Split(" : ") is [var before, var after] ? (before, after.Split(' ')) : (line, []);
            var parts = left.Split(" < ");
            var needs = parts.Length > 1 ? parts[1].Split(' ').Select(need => folder[need]).ToArray() : [];
            Make(folder, parts[0], needs, options);
        }
    }

    private static void Make(TemporaryDirectory folder, string path, string[] needs, string[] options)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[path])!);
        var name = Path.GetFileName(path);
        if (options is ["32"])
        {
            File.WriteAllText(folder["source.s"], $".globl f_{name.Split('.')[0]}\nf_{name.Split('.')[0]}: ret\n");
            ExternalTool.Run("as", "--32", "-o", folder["object.o"], folder["source.s"]);
            ExternalTool.Run("ld", "-m", "elf_i386", "-shared", "-soname", name, "-o", folder[path], folder["object.o"]);
            return;
        }

        var isLibrary = name.Contains(".so", StringComparison.Ordinal);
        File.WriteAllText(folder["source.c"], isLibrary ? $"int f_{name.Split('.')[0]}(void) {{ return 1; }}\n" : "int main(void) { return 0; }\n");
        var soname = isLibrary && !options.Contains("nosoname") && !options.Any(option => option.Contains("-soname", StringComparison.Ordinal));
        ExternalTool.Run(
            "gcc",
            [
                .. isLibrary ? LibraryOptions : [],
                .. soname ? new[] { $"-Wl,-soname,{name}" } : [],
                "-o", folder[path], folder["source.c"],
                "-Wl,--no-as-needed,--unresolved-symbols=ignore-all", .. needs,
                .. options.Where(option => option != "nosoname"),
            ]);
    }
}
