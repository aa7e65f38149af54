using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Compression;
using Compose.Formats.Elf;

namespace Compose.Formats.KernelModules;

/// <summary>Reads a module's file: <c>.ko</c>, as it is or compressed with gzip, xz or zstd.</summary>
internal static class KernelModuleReader
{
    /// <summary>The largest modules (amdgpu) have about 30 MiB.</summary>
    private const int MaximumModuleSize = 512 * 1024 * 1024;

    private const string ExportPrefix = "__ksymtab_";
    private static readonly string[] Extensions = [".ko", ".ko.gz", ".ko.xz", ".ko.zst"];

    /// <summary>Whether a file name is a module's.</summary>
    public static bool IsModule(ReadOnlySpan<byte> fileName)
    {
        foreach (var extension in Extensions)
        {
            if (fileName.Length > extension.Length && fileName.EndsWith(Encoding.ASCII.GetBytes(extension)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The module's name: the file's up to its first dot, with underscores.</summary>
    public static string NameOf(ReadOnlySpan<byte> fileName)
    {
        var dot = fileName.IndexOf((byte)'.');
        return KernelModule.NormalizeName(Encoding.Latin1.GetString(dot < 0 ? fileName : fileName[..dot]));
    }

    /// <summary>Reads a module.</summary>
    /// <param name="path">Its path below the release's directory.</param>
    /// <param name="file">Its file.</param>
    /// <exception cref="DiagnosticException">COMPOSE4501: damaged. COMPOSE4602: it cannot be unpacked.</exception>
    public static KernelModule Read(TreePath path, FileEntry file)
    {
        try
        {
            var elf = ElfFile.Parse(Unpack(file.Content));
            var symbols = elf.Symbols().ToList();
            return new KernelModule(NameOf(path.Name), path, file)
            {
                Information = [.. Strings(elf.Section(".modinfo")).Select(SplitEntry)],
                ExportedSymbols = Sorted(Exports(elf, symbols)),
                UndefinedSymbols = Sorted(symbols.Where(symbol => symbol.IsUndefined).Select(symbol => symbol.Name)),
            };
        }
        catch (InvalidDataException failure)
        {
            throw new DiagnosticException(
                FormatDiagnostics.InvalidElf.Create($"The kernel module '{path}' is damaged. {failure.Message}", path.ToString()), failure);
        }
        catch (SizeLimitException failure)
        {
            throw new DiagnosticException(
                FormatDiagnostics.InvalidKernelModules.Create($"The kernel module '{path}' cannot be unpacked: {failure.Message}.", path.ToString()), failure);
        }
    }

    /// <summary>The strings of a section that follow each other, each ended by NULs.</summary>
    public static IEnumerable<string> Strings(ReadOnlyMemory<byte> content) =>
        Encoding.Latin1.GetString(content.Span).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Strings(ElfSection? section) => section is null ? [] : Strings(section.Content);

    private static KeyValuePair<string, string> SplitEntry(string entry)
    {
        var equals = entry.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? new(entry, string.Empty) : new(entry[..equals], entry[(equals + 1)..]);
    }

    /// <summary>
    /// Each export has a symbol of its own. Only where those were stripped the strings are taken, among which the names of
    /// symbol namespaces stand too.
    /// </summary>
    private static IEnumerable<string> Exports(ElfFile elf, List<ElfSymbol> symbols)
    {
        var exports = symbols
            .Where(symbol => !symbol.IsUndefined && symbol.Name.StartsWith(ExportPrefix, StringComparison.Ordinal))
            .Select(symbol => symbol.Name[ExportPrefix.Length..])
            .ToList();
        return exports.Count > 0 ? exports : Strings(elf.Section("__ksymtab_strings"));
    }

    private static string[] Sorted(IEnumerable<string> names) => [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static ReadOnlyMemory<byte> Unpack(FileContent content)
    {
        if (content.Length > MaximumModuleSize)
        {
            throw new SizeLimitException($"it is larger than {MaximumModuleSize >> 20} MiB");
        }

        var packed = new byte[content.Length];
        using (var stream = content.OpenRead())
        {
            stream.ReadExactly(packed);
        }

        var format = Decompression.FromMagic(packed);
        if (format == CompressionFormat.None)
        {
            return packed;
        }

        using var unpacked = new BoundedStream(Decompression.Open(new MemoryStream(packed, writable: false), format), MaximumModuleSize);
        var output = new MemoryStream(4 * packed.Length);
        unpacked.CopyTo(output);
        return output.GetBuffer().AsMemory(0, (int)output.Length);
    }
}
