using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Compose.Packages.Registries;

/// <summary>
/// Asks the programs <c>docker-credential-NAME</c> for credentials: the host on the standard input of <c>get</c>, a JSON
/// object on its standard output (docker-credential-helpers, "Development").
/// </summary>
/// <param name="timeLimit">How long a program may take, for instance because it asks its user.</param>
internal sealed class CredentialHelper(TimeSpan timeLimit)
{
    private const int MaximumAnswer = 64 * 1024;
    private const string NotFoundAnswer = "credentials not found";
    private const string TokenUser = "<token>";

    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <summary>The credentials that a program keeps for a registry; null for none.</summary>
    /// <exception cref="DiagnosticException">The program cannot be run, fails or takes too long. What it said is not told: it may be a secret.</exception>
    public async Task<RegistryCredential?> GetAsync(string name, string registry, CancellationToken cancellationToken)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(s_nameCharacters))
        {
            throw Bad(name, registry, "its name is not the end of a program's name");
        }

        using var process = Start(name, registry);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeLimit);
        try
        {
            var errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null, limit.Token);
            await WriteAsync(process, registry, limit.Token).ConfigureAwait(false);
            var answer = await ReadAsync(process.StandardOutput.BaseStream, limit.Token).ConfigureAwait(false);
            await errors.ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return Read(answer, process.ExitCode, name, registry);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Bad(name, registry, $"it did not end within {timeLimit.TotalSeconds:0.###} seconds");
        }
        catch (IOException e)
        {
            throw Bad(name, registry, e.Message);
        }
        finally
        {
            Stop(process);
        }
    }

    private static Process Start(string name, string registry)
    {
        var program = $"docker-credential-{name}";
        try
        {
            return Process.Start(new ProcessStartInfo(program, ["get"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                CreateNoWindow = true,
            }) ?? throw Bad(name, registry, "it cannot be started");
        }
        catch (Win32Exception e)
        {
            throw Bad(name, registry, $"it cannot be started: {e.Message}");
        }
    }

    private static async Task WriteAsync(Process process, string registry, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(registry.AsMemory(), cancellationToken).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code says why.
        }
    }

    private static async Task<byte[]> ReadAsync(Stream output, CancellationToken cancellationToken)
    {
        var answer = new byte[MaximumAnswer + 1];
        var length = await output.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return length <= MaximumAnswer ? answer[..length] : throw new IOException("its answer is too long");
    }

    private static RegistryCredential? Read(byte[] answer, int exitCode, string name, string registry)
    {
        if (exitCode != 0)
        {
            return System.Text.Encoding.UTF8.GetString(answer).Contains(NotFoundAnswer, StringComparison.OrdinalIgnoreCase)
                ? null
                : throw Bad(name, registry, $"it ended with {exitCode}");
        }

        CredentialJson? credential;
        try
        {
            credential = JsonSerializer.Deserialize(answer, DockerJson.Default.CredentialJson);
        }
        catch (JsonException)
        {
            throw Bad(name, registry, "its answer is malformed");
        }

        return credential switch
        {
            { UserName: TokenUser, Secret: { Length: > 0 } token } => new RegistryCredential { IdentityToken = token },
            { UserName: { Length: > 0 } user, Secret: { } password } => new RegistryCredential { UserName = user, Password = password },
            _ => null,
        };
    }

    private static void Stop(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended.
        }
    }

    private static DiagnosticException Bad(string name, string registry, string reason) =>
        new(RegistryDiagnostics.BadCredentials.Create(
            $"The program 'docker-credential-{name}', which the Docker configuration names, gives no credentials for {registry}: {reason}."));
}
