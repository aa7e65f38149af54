using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Elf;

namespace Compose.Images.Checks.Executables;

/// <summary>Finds programs that would not start and libraries that would not load, as something that they need is missing.</summary>
internal sealed class ExecutablesCheck : IExtensionCheck
{
    private const int ExecuteBits = 0x49;

    /// <summary>As much as the kernel looks at (BINPRM_BUF_SIZE).</summary>
    private const int StartSize = 256;

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        var findings = new ExecutableFindings(extension);
        var closure = new ElfClosure(extension, findings);
        var scripts = new ScriptInterpreters(extension, findings);
        Span<byte> buffer = stackalloc byte[StartSize];
        foreach (var (path, entry) in extension.Tree.Items)
        {
            if (entry is not FileEntry file)
            {
                continue;
            }

            // Nobody runs other files, and all loaders of plugins go by the name.
            var isExecutable = (file.Metadata.Permissions & ExecuteBits) != 0;
            if (!isExecutable && !LibraryNames.IsLibrary(path.Name))
            {
                continue;
            }

            var start = buffer[..file.Content.ReadStart(buffer)];
            if (ElfFile.IsElf(start))
            {
                closure.Add(path, file, isExecutable);
            }
            else if (isExecutable && start.StartsWith("#!"u8))
            {
                scripts.Check(path, file, start);
            }
        }

        closure.Check();
        findings.Report(reporter);
    }
}
