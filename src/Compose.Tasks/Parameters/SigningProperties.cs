using Compose.Diagnostics;
using Compose.Images.Signing;

namespace Compose.Tasks.Parameters;

/// <summary>What a project says of how its images are signed. The passphrase is never a property.</summary>
/// <param name="Key">The absolute path of the private key; empty for none.</param>
/// <param name="Certificate">The absolute path of the certificate; empty when the key's file has it.</param>
/// <param name="Command">A command that signs instead of a key; empty for none.</param>
/// <param name="PassphraseFile">The absolute path of the passphrase's file; empty for the environment's, or none.</param>
/// <param name="Directory">The folder that the command runs in.</param>
internal sealed record SigningProperties(string Key, string Certificate, string Command, string PassphraseFile, string Directory)
{
    private const string PassphraseVariable = "COMPOSE_SIGNING_PASSPHRASE";

    /// <summary>The signer; null when the project names none.</summary>
    /// <exception cref="DiagnosticException">The properties contradict each other, or a file cannot be used.</exception>
    public RootHashSigner? Open()
    {
        if (Command.Length > 0)
        {
            if (Key.Length > 0)
            {
                throw PropertyValue.Bad("ExtensionSigningCommand", Command, "nothing, when ExtensionSigningKey is set");
            }

            return Certificate.Length > 0
                ? new CommandSigner(Command, Directory, Certificate)
                : throw PropertyValue.Bad("ExtensionSigningCertificate", "", "the certificate that the command's signatures are checked with");
        }

        if (Key.Length > 0)
        {
            return KeySigner.Load(Key, PropertyValue.Text(Certificate), Passphrase());
        }

        return Certificate.Length == 0
            ? null
            : throw PropertyValue.Bad("ExtensionSigningCertificate", Certificate, "nothing, without ExtensionSigningKey or ExtensionSigningCommand");
    }

    private string? Passphrase() => PassphraseFile.Length > 0
        ? File.ReadAllText(PassphraseFile).TrimEnd('\r', '\n')
        : PropertyValue.Text(Environment.GetEnvironmentVariable(PassphraseVariable) ?? "");
}
