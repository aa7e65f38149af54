using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Formats.Gpt;

namespace Compose.Images.ExtensionImages;

/// <summary>Writes an extension as an erofs image by mkfs.erofs, which has to be installed.</summary>
/// <remarks>
/// The program packs a folder of the build host, which holds neither owners nor extended attributes without root: a tree that
/// has such is refused.
/// </remarks>
public static class ErofsImage
{
    private const string Program = "mkfs.erofs";

    /// <summary>Writes the image by a temporary name, and renames it when it is complete.</summary>
    /// <param name="tree">What the extension holds: everything root's, no extended attributes, no devices.</param>
    /// <param name="path">The image's path.</param>
    /// <param name="compression">A compression as mkfs.erofs names it, such as <c>lz4hc,9</c>; null for none.</param>
    /// <param name="seed">What the UUID is derived from.</param>
    /// <param name="time">The time of all files, in seconds since 1970.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">COMPOSE3013: it cannot be made; nothing is left then.</exception>
    public static void WriteFile(
        FileTree tree, string path, string? compression, Guid seed, long time, CancellationToken cancellationToken = default)
    {
        CheckTree(tree);
        var folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileName(path)}.{Environment.ProcessId}.folder");
        try
        {
            HostDirectoryWriter.Write(tree, folder, cancellationToken);
            AtomicFile.Write(path, file =>
            {
                // The program makes the file anew, by the name that is renamed afterwards.
                string[] arguments =
                [
                    .. compression is null ? Array.Empty<string>() : [$"-z{compression}"],
                    "--all-root",
                    "-T", time.ToString(CultureInfo.InvariantCulture),
                    "-U", DiscoverableUuid.FileSystem(seed).ToString(),
                    file.Name,
                    folder,
                ];
                Run(arguments, cancellationToken);
            });
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static void CheckTree(FileTree tree)
    {
        foreach (var (path, entry) in tree.Items)
        {
            var reason = entry.Metadata.UserId != 0 || entry.Metadata.GroupId != 0 ? "is not root's"
                : entry.Metadata.ExtendedAttributes.Count > 0 ? "has extended attributes"
                : null;
            if (reason is not null)
            {
                throw Failed($"'/{path}' {reason}, and {Program} packs a folder of the build host, which does not keep that. Choose squashfs or ddi");
            }
        }
    }

    private static void Run(string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw Failed($"{Program} is not installed. Debian has it in erofs-utils", e);
        }

        using (process)
        {
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
                var errors = process.StandardError.ReadToEndAsync(cancellationToken);
                process.WaitForExitAsync(cancellationToken).GetAwaiter().GetResult();
                if (process.ExitCode != 0)
                {
                    var message = $"{output.GetAwaiter().GetResult()}{errors.GetAwaiter().GetResult()}".Trim();
                    throw Failed($"{Program} ended with {process.ExitCode}: {message}");
                }
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                }
            }
        }
    }

    private static DiagnosticException Failed(string reason, Exception? inner = null) =>
        new(ImageDiagnostics.NoErofs.Create($"The erofs image cannot be made: {reason}."), inner);
}
