using System.Globalization;
using Compose.Images.Artifacts.Inspection;
using Compose.Tool.Artifacts;

namespace Compose.Tool.Inspect;

/// <summary>Shows what an artifact is to a person.</summary>
internal sealed class InspectReport
{
    private readonly ReportConsole _console = new();

    /// <summary>Writes the report to the standard output.</summary>
    public static void Write(ArtifactFacts facts) => new InspectReport().WriteAll(facts);

    private void WriteAll(ArtifactFacts facts)
    {
        _console.Title($"{facts.Path}: {facts.Kind}, {ReportConsole.Size(facts.Size)}");
        if (facts.Disk is { } disk)
        {
            _console.Fields(("disk", disk.Id.ToString()), ("sectors", ReportConsole.Count(disk.SectorSize, "byte")));
            _console.Heading("Partitions");
            _console.Table(
                ["", "label", "type", "size", "content", "flags", "UUID"],
                [.. facts.Parts.Select(part => part.Partition is not { } partition ? [] : (string[])
                [
                    Number(partition.Number), partition.Label, partition.Type, ReportConsole.Size(partition.Size), part.Content,
                    string.Join(",", partition.Flags), partition.Id.ToString(),
                ])]);
        }

        foreach (var part in facts.Parts)
        {
            WritePart(part);
        }

        if (facts.PackageList is { } list)
        {
            _console.Heading($"{ReportConsole.Count(facts.Packages.Count, "package")} ({list})");
            _console.Table([], [.. facts.Packages.Select(package => (string[])[package.Owner, package.Name, package.Version, package.Architecture])]);
        }
    }

    private void WritePart(PartFacts part)
    {
        var name = part.Partition is { } partition ? $"Partition {partition.Number}{(partition.Label.Length > 0 ? $" {partition.Label}" : "")}: {part.Content}" : "File system";
        if (part.SquashFs is { } squashFs)
        {
            _console.Heading(name);
            _console.Fields(
                ("compression", string.Join(", ", [squashFs.Compression, .. squashFs.Settings.Select(setting => $"{setting.Key} {setting.Value}")])),
                ("blocks", ReportConsole.Count(squashFs.BlockSize, "byte")),
                ("time", ReportConsole.Time(squashFs.Time)),
                ("size", ReportConsole.Size(squashFs.Bytes)),
                ("tables", $"{ReportConsole.Count(squashFs.Inodes, "inode")}, {ReportConsole.Count(squashFs.Fragments, "fragment")}"),
                ("flags", string.Join(", ", squashFs.Flags)));
        }
        else if (part.Fat is { } fat)
        {
            _console.Heading(name);
            _console.Fields(
                ("format", Number(fat.Bits) + " bits"),
                ("volume", $"{fat.VolumeId} {fat.Label}"),
                ("size", ReportConsole.Size(fat.Size)),
                ("used", ReportConsole.Size(fat.UsedBytes)),
                ("clusters", ReportConsole.Count(fat.ClusterSize, "byte")));
        }
        else if (part.Verity is { } verity)
        {
            _console.Heading(name);
            _console.Fields(
                ("UUID", verity.Id.ToString()),
                ("hashes", $"{verity.Algorithm}, salt {(verity.Salt.Length == 0 ? "-" : verity.Salt)}"),
                ("data", $"{ReportConsole.Count(verity.DataBlocks, "block")} of {ReportConsole.Count(verity.DataBlockSize, "byte")}"));
        }
        else if (part.Signature is { } signature)
        {
            _console.Heading(name);
            _console.Fields(
                ("root hash", signature.RootHash),
                ("certificate", signature.CertificateFingerprint),
                ("signers", string.Join(", ", signature.Signers)));
        }

        if (part.Tree is { } tree)
        {
            WriteTree(tree);
        }

        foreach (var kernel in part.Kernels)
        {
            WriteKernel(kernel);
        }
    }

    private void WriteTree(TreeFacts tree)
    {
        _console.Fields(("files", string.Join(", ",
        [
            ReportConsole.Count(tree.Files, "file"), ReportConsole.Count(tree.Directories, "directory", "directories"),
            ReportConsole.Count(tree.Symlinks, "symbolic link"), ReportConsole.Count(tree.Special, "special file"), ReportConsole.Size(tree.Bytes),
        ])));
        foreach (var extension in tree.Extensions)
        {
            _console.Heading($"{extension.Kind} {extension.Name}{(extension.FitsName ? "" : " (not found by the image's name)")}");
            Variables(extension.Variables);
        }

        if (tree.OsRelease is { } osRelease)
        {
            _console.Heading("os-release");
            Variables(osRelease);
        }

        if (tree.Units.Count > 0)
        {
            _console.Heading(ReportConsole.Count(tree.Units.Count, "unit"));
            _console.Table([], [.. tree.Units.Select(unit => (string[])
            [
                unit.Name,
                string.Join("; ", new[]
                {
                    unit.UpheldBy.Count > 0 ? $"upheld by {string.Join(", ", unit.UpheldBy)}" : "",
                    unit.IsPresent ? "" : "not in the image",
                }.Where(text => text.Length > 0)),
            ])]);
        }

        WriteFiles("Largest files", tree.Largest);
        WriteFiles("Files with others' rights", tree.Privileged);
    }

    private void WriteFiles(string heading, IReadOnlyList<FileFacts> files)
    {
        if (files.Count > 0)
        {
            _console.Heading(heading);
            _console.Table([], [.. files.Select(file => (string[])
                [ReportConsole.Size(file.Size), file.Mode, file.HasCapabilities ? $"{file.Path} (capabilities)" : file.Path])]);
        }
    }

    private void WriteKernel(KernelFacts kernel)
    {
        _console.Heading($"Unified kernel image {kernel.Path}");
        _console.Fields(
            ("processor", kernel.Architecture),
            ("kernel", kernel.KernelRelease),
            ("system", kernel.OsRelease.GetValueOrDefault("PRETTY_NAME") ?? kernel.OsRelease.GetValueOrDefault("NAME")),
            ("command line", kernel.CommandLine));
        _console.Table([], [.. kernel.Sections.Select(section => (string[])[section.Name, ReportConsole.Size(section.Size)])]);
    }

    private void Variables(IReadOnlyDictionary<string, string> variables) =>
        _console.Fields([.. variables.Select(variable => (variable.Key, (string?)variable.Value))]);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
