using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Units;

/// <summary>Reports findings in files of an extension, at the place that an author can change.</summary>
/// <param name="extension">The extension.</param>
/// <param name="reporter">Takes the findings.</param>
internal sealed class UnitFindings(CheckedExtension extension, IDiagnosticReporter reporter)
{
    /// <summary>Reports a finding about a line of a unit's file.</summary>
    /// <param name="descriptor">Its kind.</param>
    /// <param name="setting">The assignment that it is about.</param>
    /// <param name="message">Makes the message of what names the assignment, such as <c>'/x.service' (line 3)</c>.</param>
    public void Report(DiagnosticDescriptor descriptor, SourcedSetting setting, Func<string, string> message)
    {
        var (path, line) = (setting.Source.Path, setting.Setting.Line);
        var text = message(Place(path, line));
        var item = extension.Definition.Declared.UnitSettings.FirstOrDefault(candidate =>
            path.Name.SequenceEqual(System.Text.Encoding.UTF8.GetBytes($"10-{extension.Name}.conf"))
            && UnitSet.NameBefore(path.Parent, ".d") == candidate.Unit
            && candidate.Section == setting.Setting.Section && candidate.Name == setting.Setting.Name && candidate.Value == setting.Value);
        if (item is not null)
        {
            reporter.Report(descriptor.Create(text, item.Unit, item.Traits) with { Path = $"/{path}" });
        }
        else
        {
            Report(descriptor, path, setting.Source.Entry, line, text);
        }
    }

    /// <summary>Reports a finding about a line of a file of the extension.</summary>
    /// <param name="descriptor">Its kind.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="entry">The file.</param>
    /// <param name="line">The line, from 1; 0 for the whole file.</param>
    /// <param name="message">The message.</param>
    public void Report(DiagnosticDescriptor descriptor, TreePath path, TreeEntry entry, int line, string message)
    {
        var diagnostic = descriptor.Create(message, extension.Origins.ItemOf(entry), extension.Origins.TraitsOf(entry)) with { Path = $"/{path}" };
        reporter.Report(entry is FileEntry { Content: HostFileContent file } ? diagnostic with { SourceFile = file.Path, SourceLine = line } : diagnostic);
    }

    /// <summary>Reports a finding about an item of the project.</summary>
    public void Report(DiagnosticDescriptor descriptor, TreePath path, string item, string message) =>
        reporter.Report(descriptor.Create(message, item) with { Path = $"/{path}" });

    /// <summary>Reports what is about no single file.</summary>
    public void Report(DiagnosticDescriptor descriptor, string message) => reporter.Report(descriptor.Create(message));

    /// <summary>A file and a line of it, for a message.</summary>
    public static string Place(TreePath path, int line) => line == 0 ? $"'/{path}'" : $"'/{path}' (line {line})";
}
