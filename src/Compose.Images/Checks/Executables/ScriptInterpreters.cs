using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Checks.Executables;

/// <summary>Whether the programs that scripts name in their first line (execve(2), "Interpreter scripts") are there.</summary>
internal sealed class ScriptInterpreters(CheckedExtension extension, ExecutableFindings findings)
{
    /// <summary>The folders in which env(1) and shells look: systemd's default, and that of hosts with programs in /opt/bin.</summary>
    private static readonly string[] ProgramFolders = ["usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "opt/bin"];

    /// <summary>Takes an executable file of the extension that starts with <c>#!</c>.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="file">The file.</param>
    /// <param name="start">Its first bytes, as many as the kernel looks at.</param>
    public void Check(TreePath path, FileEntry file, ReadOnlySpan<byte> start)
    {
        // Without a base nothing is known of the programs that there will be.
        if (extension.BaseTree is null || Split(start) is not (var interpreter, var argument) || interpreter[0] != '/')
        {
            return;
        }

        if (extension.Merged.Resolve(ElfName.Bytes(interpreter)) is not { Entry: FileEntry })
        {
            Add(path, file, interpreter);
        }
        else if (interpreter.EndsWith("/env", StringComparison.Ordinal)
            && NameForEnv(argument) is { } program
            && !ProgramFolders.Any(folder => extension.Merged.Resolve(Encoding.Latin1.GetBytes($"{folder}/{program}")) is { Entry: FileEntry }))
        {
            Add(path, file, program);
        }
    }

    private void Add(TreePath path, FileEntry file, string program) =>
        findings.Add(
            ImageDiagnostics.InterpreterNotFound, new TreeItem(path, file),
            $"'/{path}' cannot be run: its interpreter {ElfName.Describe(program)} is not in {extension.MergedNames}. "
                + "Add the package that brings it, or leave the script out with a RemoveFile item.",
            line: 1);

    /// <summary>The interpreter and the rest of the first line.</summary>
    private static (string Interpreter, string Argument)? Split(ReadOnlySpan<byte> start)
    {
        var line = start["#!".Length..];
        var end = line.IndexOf((byte)'\n');
        var text = Encoding.Latin1.GetString(end < 0 ? line : line[..end]).Trim(' ', '\t');
        var blank = text.AsSpan().IndexOfAny(' ', '\t');
        return text.Length == 0 ? null
            : blank < 0 ? (text, "")
            : (text[..blank], text[blank..].Trim(' ', '\t'));
    }

    /// <summary>The program that env(1) starts: behind its options and variables. Null when it starts one by a path, or none.</summary>
    private static string? NameForEnv(string argument) =>
        argument.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(word => word[0] != '-' && !word.Contains('=')) is { } name && !name.Contains('/')
            ? name
            : null;
}
