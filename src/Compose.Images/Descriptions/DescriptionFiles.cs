using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Images.Disks;

namespace Compose.Images.Descriptions;

/// <summary>Writes the descriptions of an image beside it, each by a temporary name. They depend on the image and its inputs alone.</summary>
public static class DescriptionFiles
{
    /// <summary>
    /// Writes <c>_contents.txt</c>, <c>_disk_usage.txt</c>, <c>_licenses.json</c>, <c>_manifest.json</c> and <c>_sbom.json</c> (SPDX).
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="stem">The path that these endings are added to.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<DescribedFile> Write(ImageDescription image, string stem)
    {
        ArgumentNullException.ThrowIfNull(image);
        return
        [
            WriteText(stem + "_contents.txt", ContentsReport.Create(image.Tree, image.Prefix.Length == 0 ? "." : $"./{image.Prefix}")),
            WriteText(stem + "_disk_usage.txt", SizeReport.Create(image)),
            WriteBytes(stem + "_licenses.json", LicensesReport.Create(image)),
            WriteBytes(stem + "_manifest.json", Manifest.Create(image)),
            WriteBytes(stem + "_sbom.json", SpdxDocument.Create(image)),
        ];
    }

    /// <summary>
    /// Writes how a machine gets an extension from a server, and how it is switched off: <c>.transfer</c> for systemd-sysupdate
    /// with <c>noop.transfer</c> beside it, and Butane and Ignition files called <c>_install</c> and <c>_disable</c>.
    /// </summary>
    /// <param name="image">The extension; it has a file and a name that it is published under.</param>
    /// <param name="address">The address of the folder that it will be published in.</param>
    /// <param name="verify">Whether machines ask for a signature of the folder's <c>SHA256SUMS</c>.</param>
    /// <param name="stem">The path that these endings are added to.</param>
    public static void WriteUpdates(ImageDescription image, Uri address, bool verify, string stem)
    {
        ArgumentNullException.ThrowIfNull(image);
        var folder = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
        var install = Provisioning.Install(image, folder);
        var disable = Provisioning.Disable(image.Name, image.Kind);
        WriteText(stem + ".transfer", UpdateTransfer.Create(image, folder, verify));
        WriteText(Path.Combine(Path.GetDirectoryName(stem)!, "noop.transfer"), UpdateTransfer.Nothing.ReplaceLineEndings("\n"));
        WriteText(stem + "_install.bu", install.Butane);
        WriteBytes(stem + "_install.ign", install.Ignition);
        WriteText(stem + "_disable.bu", disable.Butane);
        WriteBytes(stem + "_disable.ign", disable.Ignition);
    }

    /// <summary>Writes a text by a temporary name, in UTF-8.</summary>
    public static DescribedFile WriteText(string path, string text) => WriteBytes(path, Encoding.UTF8.GetBytes(text));

    private static DescribedFile WriteBytes(string path, byte[] bytes)
    {
        AtomicFile.Write(path, stream => stream.Write(bytes));
        return new DescribedFile(Path.GetFileName(path), bytes.Length, Sha256Digest.Of(bytes));
    }
}
