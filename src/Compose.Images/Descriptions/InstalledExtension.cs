namespace Compose.Images.Descriptions;

/// <summary>
/// Where a machine has an extension that it got from a server: the image, whose name has the version, in a folder that
/// systemd does not search, and a link in one that it does. Whoever installs or updates the extension uses the same link.
/// </summary>
/// <param name="Folder">The folder of the images. It is outside /opt, which an extension may cover.</param>
/// <param name="Link">The link by which systemd finds the newest one under the extension's own name.</param>
internal sealed record InstalledExtension(string Folder, string Link)
{
    /// <summary>Where configuration extensions of the administrator are.</summary>
    public const string ConfigurationFolder = "/var/lib/confexts";

    /// <summary>The places of an extension.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Its kind, <c>sysext</c> or <c>confext</c>.</param>
    public static InstalledExtension Of(string name, string kind) => kind == "confext"
        ? new InstalledExtension("/var/lib/confexts.d", $"{ConfigurationFolder}/{name}.raw")
        : new InstalledExtension("/var/lib/extensions.d", SystemLink(name));

    /// <summary>The link of a system extension. An image that brings the extension has it too, in the lower layer of /etc.</summary>
    public static string SystemLink(string name) => $"/etc/extensions/{name}.raw";
}
