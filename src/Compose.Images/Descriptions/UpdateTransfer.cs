namespace Compose.Images.Descriptions;

/// <summary>
/// The transfer file by which systemd-sysupdate keeps an extension up to date (sysupdate.d(5)). It goes to
/// <c>/etc/sysupdate.NAME.d/NAME.transfer</c> (<c>.conf</c> before systemd 257) and is run with <c>--component=NAME</c>, so
/// that no transfer of the operating system itself is needed.
/// </summary>
public static class UpdateTransfer
{
    /// <summary>
    /// A transfer that never has anything to do. In <c>/etc/sysupdate.d</c> it lets systemd-sysupdate without a component, as
    /// its own service runs it, succeed on a system that has no transfers.
    /// </summary>
    public const string Nothing = """
        [Source]
        Type=regular-file
        Path=/
        MatchPattern=noop_@v

        [Target]
        Type=regular-file
        Path=/
        MatchPattern=noop_@v

        """;

    /// <summary>The file's text.</summary>
    /// <param name="image">The extension.</param>
    /// <param name="address">The address of the folder with <c>SHA256SUMS</c> and the images.</param>
    /// <param name="verify">Whether <c>SHA256SUMS</c> has to be signed, by a key that the machine trusts.</param>
    public static string Create(ImageDescription image, Uri address, bool verify)
    {
        ArgumentNullException.ThrowIfNull(image);

        // An image that is for every architecture has none in its name.
        var pattern = image.Architecture == "_any" ? $"{image.Name}_@v.raw" : $"{image.Name}_@v_%a.raw";

        // systemd takes what follows a '%' for a specifier.
        var path = address.AbsoluteUri.Replace("%", "%%", StringComparison.Ordinal);
        var places = InstalledExtension.Of(image.Name, image.Kind);
        return $"""
            [Transfer]
            Verify={(verify ? "yes" : "no")}

            [Source]
            Type=url-file
            Path={path}
            MatchPattern={pattern}

            [Target]
            Type=regular-file
            Path={places.Folder}
            MatchPattern={pattern}
            CurrentSymlink={places.Link}
            InstancesMax=2
            Mode=0644

            """.ReplaceLineEndings("\n");
    }
}
