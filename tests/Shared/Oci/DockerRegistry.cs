using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Compose.Tests.Oci;

/// <summary>Debian's docker-registry on the loopback interface, with images that skopeo pushes.</summary>
internal sealed class DockerRegistry : IDisposable
{
    public const string User = "ann";
    public const string Password = "s3cret:word";

    private readonly string _folder = Directory.CreateTempSubdirectory("compose-registry-").FullName;
    private readonly Process _process;
    private readonly bool _hasUsers;
    private bool _isDisposed;
    private static int _portsTried;

    public DockerRegistry(bool hasUsers = false)
    {
        _hasUsers = hasUsers;
        Host = $"127.0.0.1:{FreePort()}";
        var authentication = "";
        if (hasUsers)
        {
            File.WriteAllText(Path.Combine(_folder, "users"), ExternalTool.Run("htpasswd", "-Bbn", User, Password));
            authentication = $"auth:\n  htpasswd:\n    realm: test\n    path: {_folder}/users\n";
        }

        var configuration = Path.Combine(_folder, "config.yml");
        File.WriteAllText(
            configuration,
            $"version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    rootdirectory: {_folder}/data\nhttp:\n  addr: {Host}\n{authentication}");
        _process = Process.Start(new ProcessStartInfo(ExternalTool.Find("docker-registry"), ["serve", configuration])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        WaitUntilItListens();
    }

    /// <summary>The address and port, as the name of an image begins.</summary>
    public string Host { get; }

    /// <summary>
    /// A port for a server that cannot choose one itself. It is below those that the kernel gives to whoever asks for any, so
    /// that none of these takes it in the meantime.
    /// </summary>
    public static int FreePort()
    {
        const int first = 20000;
        const int count = 12000;
        while (true)
        {
            // Test programs that run side by side begin at different places.
            var port = first + (int)(((Environment.ProcessId * 101L) + Interlocked.Increment(ref _portsTried)) % count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // In use.
            }
        }
    }

    /// <summary>Pushes an image of a layout, for all of its platforms.</summary>
    /// <param name="layout">The layout's folder.</param>
    /// <param name="tag">The tag in the layout.</param>
    /// <param name="name">The name and tag in the registry.</param>
    /// <param name="format"><c>oci</c> or <c>v2s2</c>.</param>
    public void Push(string layout, string tag, string name, string format = "oci")
    {
        string[] login = _hasUsers ? ["--dest-creds", $"{User}:{Password}"] : [];
        ExternalTool.Run("skopeo", ["copy", "--all", "--format", format, "--dest-tls-verify=false", .. login, $"oci:{layout}:{tag}", $"docker://{Host}/{name}"]);
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void WaitUntilItListens()
    {
        using var client = new HttpClient();
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var response = client.GetAsync($"http://{Host}/v2/").GetAwaiter().GetResult();
                return;
            }
            catch (HttpRequestException) when (tries < 200 && !_process.HasExited)
            {
                Thread.Sleep(50);
            }
        }
    }
}
