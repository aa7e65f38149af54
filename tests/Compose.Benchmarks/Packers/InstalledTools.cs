using System.Reflection;
using System.Text.RegularExpressions;
using Compose.Benchmarks.Measuring;

namespace Compose.Benchmarks.Packers;

/// <summary>Finds programs of the machine and their versions.</summary>
internal static partial class InstalledTools
{
    /// <summary>The path of a program; null when it is not installed.</summary>
    public static string? Find(string name)
    {
        // Tools for the administrator are not in every user's path.
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin", "/usr/local/sbin"];
        return folders.Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>The path of a program.</summary>
    /// <exception cref="BenchmarkException">It is not installed.</exception>
    public static string Require(string name) =>
        Find(name) ?? throw new BenchmarkException($"'{name}' is not installed. 'dotnet cake --target=Benchmark' installs what is needed.");

    /// <summary>The first number like a version in what a command prints, and the versions of the codecs that it loads.</summary>
    /// <param name="path">The program.</param>
    /// <param name="query">The command that prints its version.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    public static async Task<string> VersionAsync(string path, Invocation query, CancellationToken cancellationToken)
    {
        var text = (await ChildProcess.RunAsync(query, null, cancellationToken).ConfigureAwait(false)).Text;
        var libraries = await CodecsAsync(path, cancellationToken).ConfigureAwait(false);
        return string.Join(", ", [VersionNumber().Match(text).Value, .. libraries]);
    }

    /// <summary>The version of a package that this program is built with, which is the one that compose is built with.</summary>
    public static string PackageVersion(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>The codecs' shared libraries carry their versions in their file names.</summary>
    private static async Task<IEnumerable<string>> CodecsAsync(string path, CancellationToken cancellationToken)
    {
        var text = (await ChildProcess.RunAsync(new Invocation("ldd", path), null, cancellationToken).ConfigureAwait(false)).Text;
        return LoadedCodec().Matches(text)
            .Select(match => Path.GetFileName(File.ResolveLinkTarget(match.Groups["path"].Value, returnFinalTarget: true)?.FullName ?? match.Groups["path"].Value))
            .Select(name => name.Replace(".so.", " ", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"[0-9]+\.[0-9]+(\.[0-9]+)*")]
    private static partial Regex VersionNumber();

    [GeneratedRegex(@"lib(zstd|z|lzma|lz4)\.so\.[0-9]+ => (?<path>\S+)")]
    private static partial Regex LoadedCodec();
}
