using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Compose.Diagnostics;

namespace Compose.Images.Signing;

/// <summary>Has a program sign, so that the private key can stay where it is, in a hardware security module for instance.</summary>
/// <remarks>
/// The program gets what is to be signed on its standard input and writes a detached PKCS #7 signature in DER, without
/// signed attributes, to its standard output. <c>openssl smime -sign -binary -noattr -outform DER</c> does that.
/// </remarks>
public sealed class CommandSigner : RootHashSigner
{
    private const int MaximumSignature = 64 * 1024;
    private const int MaximumMessage = 4096;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly string _command;
    private readonly string _directory;

    /// <summary>A signer by a program.</summary>
    /// <param name="command">A line for the system's shell: /bin/sh, or cmd on Windows.</param>
    /// <param name="directory">The folder that it runs in.</param>
    /// <param name="certificateFile">The certificate that its signatures are checked with, in PEM or DER.</param>
    /// <exception cref="DiagnosticException">COMPOSE3010: the certificate cannot be used.</exception>
    public CommandSigner(string command, string directory, string certificateFile)
        : base(SigningFile.ReadCertificate(certificateFile))
    {
        _command = command;
        _directory = directory;
    }

    /// <inheritdoc/>
    protected override byte[] SignDetached(byte[] data, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var process = Start();
        try
        {
            var output = ReadAsync(process.StandardOutput.BaseStream, MaximumSignature, limit.Token);
            var errors = ReadAsync(process.StandardError.BaseStream, MaximumMessage, limit.Token);
            Write(process, data);
            var signature = output.GetAwaiter().GetResult();
            var message = Encoding.UTF8.GetString(errors.GetAwaiter().GetResult()).Trim();
            process.WaitForExitAsync(limit.Token).GetAwaiter().GetResult();
            return process.ExitCode == 0 && signature.Length is > 0 and <= MaximumSignature
                ? signature
                : throw Failed($"ended with {process.ExitCode} and {signature.Length} bytes{(message.Length == 0 ? "" : $": {message}")}");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed($"did not end within {Limit.TotalMinutes} minutes", e);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start()
    {
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd", $"/d /s /c \"{_command}\"")
            : new ProcessStartInfo("/bin/sh", ["-c", _command]);
        start.WorkingDirectory = _directory;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw Failed($"cannot be started: {e.Message}", e);
        }
    }

    private static void Write(Process process, byte[] data)
    {
        try
        {
            process.StandardInput.BaseStream.Write(data);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A program that ends without reading says why by its exit code.
        }
    }

    /// <summary>Reads to the end; what is beyond the limit is read and dropped, but for one byte that tells of it.</summary>
    private static async Task<byte[]> ReadAsync(Stream stream, int limit, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            bytes.Write(buffer, 0, (int)Math.Min(read, limit + 1 - bytes.Length));
        }

        return bytes.ToArray();
    }

    private static DiagnosticException Failed(string reason, Exception? inner = null) =>
        new(ImageDiagnostics.NotSigned.Create($"The signing command {reason}."), inner);
}
