using System.Text;
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
    public static void Write(ImageDescription image, string stem)
    {
        ArgumentNullException.ThrowIfNull(image);
        WriteFile(stem + "_contents.txt", Encoding.UTF8.GetBytes(ContentsReport.Create(image.Tree, image.Prefix.Length == 0 ? "." : $"./{image.Prefix}")));
        WriteFile(stem + "_disk_usage.txt", Encoding.UTF8.GetBytes(SizeReport.Create(image)));
        WriteFile(stem + "_licenses.json", LicensesReport.Create(image));
        WriteFile(stem + "_manifest.json", Manifest.Create(image));
        WriteFile(stem + "_sbom.json", SpdxDocument.Create(image));
    }

    /// <summary>
    /// Writes how a machine gets an extension from a server, and how it is switched off: <c>.transfer</c> for systemd-sysupdate,
    /// and Butane and Ignition files called <c>_install</c> and <c>_disable</c>.
    /// </summary>
    /// <param name="image">The extension; it has a file.</param>
    /// <param name="address">The address of the folder that it will be published in.</param>
    /// <param name="stem">The path that these endings are added to.</param>
    public static void WriteUpdates(ImageDescription image, Uri address, string stem)
    {
        ArgumentNullException.ThrowIfNull(image);
        var file = image.File ?? throw new ArgumentException("The extension has no file.", nameof(image));
        var folder = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
        var install = Provisioning.Install(image.Name, $"{image.Name}_{image.Version}_{image.Architecture}.raw", folder, file.Sha256);
        var disable = Provisioning.Disable(image.Name);
        WriteFile(stem + ".transfer", Encoding.UTF8.GetBytes(UpdateTransfer.Create(image.Name, image.Kind, folder)));
        WriteFile(stem + "_install.bu", Encoding.UTF8.GetBytes(install.Butane));
        WriteFile(stem + "_install.ign", install.Ignition);
        WriteFile(stem + "_disable.bu", Encoding.UTF8.GetBytes(disable.Butane));
        WriteFile(stem + "_disable.ign", disable.Ignition);
    }

    private static void WriteFile(string path, byte[] bytes) => AtomicFile.Write(path, stream => stream.Write(bytes));
}
