namespace Compose.Images.Descriptions;

/// <summary>
/// The transfer file by which systemd-sysupdate keeps an extension up to date (sysupdate.d(5)). It goes to
/// <c>/etc/sysupdate.NAME.d/NAME.transfer</c> (<c>.conf</c> before systemd 257) and is run with <c>--component=NAME</c>, so
/// that no transfer of the operating system itself is needed.
/// </summary>
public static class UpdateTransfer
{
    /// <summary>The file's text.</summary>
    /// <param name="name">The extension's name.</param>
    /// <param name="kind">Its kind, <c>sysext</c> or <c>confext</c>.</param>
    /// <param name="address">The address of the folder with <c>SHA256SUMS</c> and the images.</param>
    public static string Create(string name, string kind, Uri address)
    {
        // The image's name on a server has its version; systemd looks for extensions by the name of the link.
        var pattern = $"{name}_@v_%a.raw";
        var folder = kind == "confext" ? "/var/lib/confexts" : "/var/lib/extensions";
        return $"""
            [Source]
            Type=url-file
            Path={address}
            MatchPattern={pattern}

            [Target]
            Type=regular-file
            Path={folder}.d
            MatchPattern={pattern}
            CurrentSymlink={folder}/{name}.raw
            InstancesMax=2
            Mode=0644

            """.ReplaceLineEndings("\n");
    }
}
