using System.Text.Json;
using Compose.Diagnostics;
using Compose.FileTrees.HostFiles;
using Compose.Tasks.Diagnostics;

namespace Compose.Tasks.Parameters;

/// <summary>What an image needs to know of a base system besides its trees. It is passed as a small file of JSON.</summary>
/// <param name="KernelVersion">The kernel's release.</param>
/// <param name="SourceDateEpoch">The time of what was generated, in seconds since 1970.</param>
internal sealed record SystemFacts(string KernelVersion, long SourceDateEpoch)
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>Writes the file.</summary>
    public void Write(string path) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, Options));

    /// <summary>Reads the file.</summary>
    /// <exception cref="DiagnosticException">It is damaged.</exception>
    public static SystemFacts Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<SystemFacts>(stream, Options) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new DiagnosticException(TaskDiagnostics.FileAccess.Create($"'{path}' is damaged: {e.Message} Build the base system again."), e);
        }
    }
}
