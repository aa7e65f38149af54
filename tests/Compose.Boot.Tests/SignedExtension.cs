using Compose.FileTrees;
using Compose.Images.ExtensionImages;
using Compose.Images.Signing;
using Compose.Machines;
using Compose.SquashFs;

namespace Compose.Boot.Tests;

/// <summary>A signed disk image with an extension, and what a guest does with it.</summary>
internal sealed class SignedExtension : IDisposable
{
    private const string Serial = "signed-extension";

    private readonly TemporaryDirectory _folder = new();
    private readonly string _certificate;

    /// <summary>Makes the key, its certificate and the image.</summary>
    public SignedExtension(CancellationToken cancellationToken)
    {
        ExternalTool.Run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=signed",
            "-keyout", _folder["signed.key"], "-out", _folder["signed.crt"]);
        _certificate = File.ReadAllText(_folder["signed.crt"]);
        using var signer = KeySigner.Load(_folder["signed.key"], _folder["signed.crt"], passphrase: null);
        var tree = new FileTreeBuilder()
            .SetText("usr/lib/extension-release.d/extension-release.signed", "ID=_any\n")
            .SetText("usr/share/signed.txt", "signed\n")
            .Build();
        var options = new ExtensionImageOptions { Name = "signed", SquashFs = new SquashFsOptions(), Signer = signer };
        DiscoverableDiskImage.WriteFile(tree, _folder["signed.raw"], options, cancellationToken: cancellationToken);
    }

    /// <summary>The image as a disk of the guest.</summary>
    public ExtraDisk Disk => new(_folder["signed.raw"], Serial);

    /// <summary>
    /// Puts the image where extensions are merged, and tries: without the certificate, and with it. Prints <c>refused</c> and
    /// <c>merged</c> when all is as it should be, and that the policy for signed images alone takes it.
    /// </summary>
    public string InstallScript => $$"""
        for entry in /sys/block/vd*; do
            if [[ -r $entry/serial && $(<"$entry/serial") == {{Serial}} ]]; then disk=/dev/${entry##*/}; fi
        done
        mkdir -p /var/lib/extensions /etc/verity.d
        cat "$disk" >/var/lib/extensions/signed.raw
        answer() { if test -e /usr/share/signed.txt; then echo merged; else echo refused; fi; }
        systemd-sysext refresh
        answer
        cat >/etc/verity.d/signed.crt <<'END'
        {{_certificate.TrimEnd()}}
        END
        systemd-sysext refresh
        answer
        systemd-dissect --image-policy='root=signed:=ignore' --validate /var/lib/extensions/signed.raw && echo valid
        """;

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
