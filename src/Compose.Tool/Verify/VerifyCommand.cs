using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Compose.Diagnostics;
using Compose.Images.Artifacts.Verification;
using Compose.SquashFs.Reading;
using Compose.Tool.Artifacts;
using Spectre.Console;

namespace Compose.Tool.Verify;

/// <summary><c>compose verify</c>: makes every check of an image that can be made.</summary>
internal static class VerifyCommand
{
    /// <summary>What the command's help says below its options.</summary>
    public const string Details =
        """
        Checks both copies of the partition table, the structure and all blocks of squashfs images, FAT volumes, unified kernel
        images, data against their dm-verity hashes, signatures of root hashes, and whether systemd finds an extension's release
        file; with --os-release, whether a host would merge the extension. All problems are told, not only the first.

        Exit codes:
          0    All is as it should be.
          1    There are problems; for each, a message with a code says what.
          2    The command line is at fault.

        """;

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var image = ArtifactArgument.Create("image");
        var rootHash = new Option<byte[]?>("--root-hash")
        {
            Description = "The root hash of the verity hashes. Default: what the partitions' UUIDs, the signature and the kernel's command line say.",
            HelpName = "hex",
            CustomParser = ParseRootHash,
        };
        var certificate = new Option<string?>("--certificate")
        {
            Description = "The certificate that signatures must be made with, as PEM or DER.",
            HelpName = "file",
        };
        var osRelease = new Option<string?>("--os-release")
        {
            Description = "The os-release of a host: whether it would merge the extension is checked too.",
            HelpName = "file",
        };
        var systemd = new Option<int>("--systemd")
        {
            Description = "With --os-release, the version of the host's systemd.",
            HelpName = "version",
            DefaultValueFactory = _ => 257,
        };
        var architecture = new Option<string?>("--architecture")
        {
            Description = "With --os-release, the host's architecture as systemd names it: x86-64, arm64.",
            HelpName = "name",
        };
        var limits = EntryLimit.Create();
        var json = new Option<bool>("--json") { Description = "Prints checks and problems as JSON." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Prints nothing but problems." };
        var command = new Command("verify", "Makes every check of an image that can be made.") 
        {
            image, rootHash, certificate, osRelease, systemd, architecture, limits, json, quiet,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(osRelease) is null && (result.GetResult(systemd) is { Implicit: false } || result.GetResult(architecture) is not null))
            {
                result.AddError("--systemd and --architecture are those of the host that --os-release is of. Add --os-release.");
            }
        });
        command.SetAction(arguments => Run(
            arguments.GetValue(image)!,
            arguments.GetValue(rootHash),
            arguments.GetValue(certificate),
            arguments.GetValue(osRelease) is { } file ? new HostArguments(file, arguments.GetValue(systemd), arguments.GetValue(architecture)) : null,
            arguments.GetValue(limits) ?? EntryLimit.Default,
            arguments.GetValue(json),
            arguments.GetValue(quiet)));
        return command;
    }

    private static byte[]? ParseRootHash(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        try
        {
            if (text.Length is 2 * SHA256.HashSizeInBytes or 2 * SHA512.HashSizeInBytes)
            {
                return Convert.FromHexString(text);
            }
        }
        catch (FormatException)
        {
            // Told below.
        }

        result.AddError($"'{text}' is not a root hash. Write 64 hexadecimal digits for sha256, or 128 for sha512.");
        return null;
    }

    private static int Run(
        string path, byte[]? rootHash, string? certificateFile, HostArguments? host, SquashFsReadOptions limits, bool json, bool quiet) => ArtifactWork.Run(
        (reporter, progress, cancellationToken) =>
        {
            using var certificate = certificateFile is null ? null : LoadCertificate(certificateFile);
            var merging = host?.Load();
            using var artifact = ArtifactWork.Open(path, limits, reporter, cancellationToken);
            return ArtifactVerifier.Verify(
                artifact, rootHash is not { Length: > 0 } ? null : (ReadOnlyMemory<byte>?)rootHash, certificate, reporter, merging, progress, cancellationToken);
        },
        (checks, reporter) =>
        {
            var result = VerifyResult.Of(path, checks, reporter);
            if (json)
            {
                ReportJson.Write(result, ReportJson.Readable.VerifyResult);
            }
            else if (!quiet)
            {
                Show(result);
            }

            return result.IsWhole ? ExitCodes.Done : ExitCodes.Failed;
        },
        quiet);

    private static X509Certificate2 LoadCertificate(string file)
    {
        try
        {
            return X509CertificateLoader.LoadCertificateFromFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new DiagnosticException(ToolDiagnostics.BadCertificate.Create($"The certificate '{file}' cannot be read: {e.Message}"), e);
        }
    }

    private static void Show(VerifyResult result)
    {
        var console = new ReportConsole();
        foreach (var check in result.Checks)
        {
            var passed = check.Result == "passed";
            console.Line($"{check.Result}  {check.Subject}: {check.Check} ({check.Detail})", passed ? Color.Green : Color.Red);
        }

        console.Line(result.IsWhole
            ? $"{result.Input} is whole."
            : $"{result.Input} has {ReportConsole.Count(result.Problems.Count, "problem")}.");
    }
}
