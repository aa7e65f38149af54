using Compose.Packages.Tests.Support;

namespace Compose.Sdk.Tests.Support;

/// <summary>A folder of a mirror on the loopback interface, which counts what is asked of it.</summary>
internal sealed class Mirror : IDisposable
{
    public Mirror(string root)
    {
        foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            Server.Files[Path.GetRelativePath(root, file)] = File.ReadAllBytes(file);
        }
    }

    /// <summary>The server.</summary>
    public TestServer Server { get; } = new();

    /// <summary>The argument that makes a build use it.</summary>
    public string Argument => $"-p:DebianMirror={Server.Address.AbsoluteUri}";

    /// <summary>The files that were asked for and there, as often as that happened.</summary>
    public IReadOnlyList<string> Served => [.. Server.Requests.Select(request => request.Path).Where(Server.Files.ContainsKey)];

    /// <summary>The packages that were asked for, as often as that happened.</summary>
    public IReadOnlyList<string> Packages => [.. Served.Where(path => path.EndsWith(".deb", StringComparison.Ordinal)).Select(path => Path.GetFileName(path))];

    /// <inheritdoc/>
    public void Dispose() => Server.Dispose();
}
