using Compose.Benchmarks.Measuring;
using Compose.Packages.Mirrors;

namespace Compose.Benchmarks.Packers;

/// <summary>
/// Builds the newest squashfs-tools of Debian, with the newest zstd of Debian, from their sources: what the machine's own
/// release has may be years old, and the codec's version decides much of the speed.
/// </summary>
internal sealed class SquashfsToolsSource(Folders folders, ProgressLog log)
{
    private const string Suite = "sid";
    private const string VersionsName = "versions.txt";

    /// <summary>The folder with the programs and a note of their versions.</summary>
    private string Built => Path.Combine(folders.Tools, "squashfs-tools");

    /// <summary>The program, once it was built.</summary>
    public string Program => Path.Combine(Built, "mksquashfs");

    /// <summary>Builds, unless it was done before.</summary>
    /// <returns>Which sources it was built from; null when it could not be built: then a line says why.</returns>
    public async Task<string?> BuildAsync(CancellationToken cancellationToken)
    {
        var note = Path.Combine(Built, VersionsName);
        if (File.Exists(note))
        {
            return await File.ReadAllTextAsync(note, cancellationToken).ConfigureAwait(false);
        }

        var work = Path.Combine(folders.Tools, ".squashfs-tools.partial");
        try
        {
            DeleteFolder(work);
            Directory.CreateDirectory(work);
            await FetchAsync(work, cancellationToken).ConfigureAwait(false);
            return await MakeAsync(work, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BenchmarkException or DiagnosticException)
        {
            log.Say($"The newest squashfs-tools could not be built, so the installed mksquashfs is what compose is measured against.\n{e.Message}");
            return null;
        }
        finally
        {
            DeleteFolder(work);
        }
    }

    /// <summary>Lets apt verify and unpack the sources, with lists of its own: the machine's are not touched.</summary>
    private async Task FetchAsync(string work, CancellationToken cancellationToken)
    {
        log.Say("Fetching the sources of squashfs-tools and zstd");
        var mirror = DebianMirror.Find(null, Environment.GetEnvironmentVariable(DebianMirror.EnvironmentVariable));
        var key = Path.Combine(folders.Repository, "recipes", "keys", "debian-archive-trixie-automatic.asc");
        var sources = Path.Combine(work, "debian.sources");
        await File.WriteAllTextAsync(
            sources, $"Types: deb-src\nURIs: {mirror}\nSuites: {Suite}\nComponents: main\nSigned-By: {key}\n", cancellationToken).ConfigureAwait(false);
        Directory.CreateDirectory(Path.Combine(work, "lists", "partial"));
        string[] options =
        [
            "-q", "-o", $"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=-",
            "-o", $"Dir::State::Lists={Path.Combine(work, "lists")}", "-o", $"Dir::Cache={Path.Combine(work, "cache")}", "-o", "APT::Sandbox::User=",
        ];
        await ChildProcess.RunAsync(new Invocation("apt-get", [.. options, "update"]), work, cancellationToken).ConfigureAwait(false);
        await ChildProcess.RunAsync(new Invocation("apt-get", [.. options, "source", "squashfs-tools", "libzstd"]), work, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Builds with the sources' own flags. zstd is linked in, so that it is not the machine's.</summary>
    private async Task<string> MakeAsync(string work, CancellationToken cancellationToken)
    {
        var zstd = Directory.GetDirectories(work, "libzstd-*").Single();
        var tools = Directory.GetDirectories(work, "squashfs-tools-*").Single();
        var jobs = $"-j{Environment.ProcessorCount}";
        log.Say($"Building {Path.GetFileName(tools)} with {Path.GetFileName(zstd)}");
        var library = Path.Combine(zstd, "lib");
        await ChildProcess.RunAsync(new Invocation("make", jobs, "-C", library, "libzstd.a"), work, cancellationToken).ConfigureAwait(false);
        var source = Path.Combine(tools, "squashfs-tools");
        var build = new Invocation(
            "make", jobs, "-C", source, "mksquashfs", "unsquashfs", "LZO_SUPPORT=0", "LZ4_SUPPORT=1", "XZ_SUPPORT=1", "ZSTD_SUPPORT=1",
            $"EXTRA_CFLAGS=-I{library}", $"EXTRA_LDFLAGS=-L{library}");
        await ChildProcess.RunAsync(build, work, cancellationToken).ConfigureAwait(false);
        var programs = Directory.CreateDirectory(Path.Combine(work, "programs")).FullName;
        foreach (var program in new[] { "mksquashfs", "unsquashfs" })
        {
            File.Move(Path.Combine(source, program), Path.Combine(programs, program));
        }

        var versions = $"libzstd {Path.GetFileName(zstd)["libzstd-".Length..].Split('+')[0]} linked in";
        await File.WriteAllTextAsync(Path.Combine(programs, VersionsName), versions, cancellationToken).ConfigureAwait(false);
        DeleteFolder(Built);
        Directory.Move(programs, Built);
        return versions;
    }

    private static void DeleteFolder(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
