using Compose.Packages.Tests.Support;

namespace Compose.Sdk.Tests.Support;

/// <summary>A folder of a mirror on the loopback interface, which counts what is asked of it.</summary>
internal sealed class Mirror : IDisposable
{
    private readonly TestServer _server = new();

    public Mirror(string root)
    {
        foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            _server.Files[Path.GetRelativePath(root, file)] = File.ReadAllBytes(file);
        }
    }

    /// <summary>The argument that makes a build use it.</summary>
    public string Argument => $"-p:DebianMirror={_server.Address.AbsoluteUri}";

    /// <summary>The files that were asked for and there, as often as that happened.</summary>
    public IReadOnlyList<string> Served => [.. _server.Requests.Select(request => request.Path).Where(_server.Files.ContainsKey)];

    /// <inheritdoc/>
    public void Dispose() => _server.Dispose();
}
