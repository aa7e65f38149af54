using Compose.FileTrees;
using Compose.Images.Checks;
using Compose.Images.Checks.Executables;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Executables;

/// <summary>A folder to make programs in, and the check of an extension that has them.</summary>
public abstract class ExecutablesTest : IDisposable
{
    private protected TemporaryDirectory Folder { get; } = new();

    private protected RecordingReporter Reporter { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected FileEntry File(string name) => HostLibraries.File(Folder[name]);

    private protected static FileTree Tree(params (string Path, FileEntry Entry)[] files)
    {
        var builder = new FileTreeBuilder();
        foreach (var (path, entry) in files)
        {
            builder.Set(path, entry);
        }

        return builder.Build();
    }

    private protected void Check(FileTree tree) => Check(tree, HostLibraries.Base);

    private protected void Check(FileTree tree, FileTree? host, params ReferencedExtension[] references) =>
        Check(new() { Name = "tool" }, tree, host, references);

    private protected void Check(ExtensionDefinition definition, FileTree tree, FileTree? host, params ReferencedExtension[] references) =>
        new ExecutablesCheck().Check(new CheckedExtension { Definition = definition, Tree = tree, BaseTree = host, References = references }, Reporter);
}
