using Compose.Diagnostics;
using Compose.Tool.Projects;

namespace Compose.Tool.Boot;

/// <summary>A project that makes a disk image, built by the dotnet command.</summary>
/// <param name="path">The project's absolute path.</param>
/// <param name="configuration">The configuration to build.</param>
internal sealed class ImageProject(string path, string configuration)
{
    /// <summary>Builds the image when it is missing or old. The build's output goes to the terminal.</summary>
    /// <returns>The exit code of the build.</returns>
    public async Task<int> BuildAsync(CancellationToken cancellationToken)
    {
        using var process = DotnetHost.Start(Directory, redirect: false, "build", path, "-nologo", "-c", configuration);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }

    /// <summary>Asks the project where its image is.</summary>
    /// <exception cref="DiagnosticException">The project cannot be read.</exception>
    public async Task<string> FindOutputAsync(CancellationToken cancellationToken)
    {
        using var process = DotnetHost.Start(Directory, redirect: true, "msbuild", path, "-nologo", $"-p:Configuration={configuration}", "-getProperty:TargetPath");
        var output = (await process.StandardOutput.ReadToEndAsync(cancellationToken)).Trim();
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 && output.Length > 0
            ? output
            : throw new DiagnosticException(ToolDiagnostics.BadImageProject.Create($"'{path}' does not say where its image is. {output}"));
    }

    private string Directory => Path.GetDirectoryName(path)!;
}
