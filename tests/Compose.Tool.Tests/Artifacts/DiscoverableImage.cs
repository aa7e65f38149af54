using Compose.Tool.Tests.Pack;

namespace Compose.Tool.Tests.Artifacts;

/// <summary>Discoverable disk images that systemd-repart made, signed by a key of the test's.</summary>
internal static class DiscoverableImage
{
    /// <summary>Makes <c>ext.raw</c> of the folder <c>tree</c>, and the certificates <c>ours.pem</c> and <c>theirs.pem</c>.</summary>
    public static void MakeDiscoverableImage(this PackFolder folder)
    {
        ExternalTool.Find("systemd-repart");
        folder.Shell("""
            mkdir -p definitions tree/usr/lib/extension-release.d; echo ID=_any > tree/usr/lib/extension-release.d/extension-release.ext
            printf '[Partition]\nType=root\nLabel=ext\nFormat=squashfs\nCopyFiles=%s/tree:/\nVerity=data\nVerityMatchKey=root\nSizeMinBytes=10M\nSizeMaxBytes=10M\n' "$PWD" > definitions/10.conf
            printf '[Partition]\nType=root-verity\nVerity=hash\nVerityMatchKey=root\nSizeMinBytes=1M\nSizeMaxBytes=1M\n' > definitions/20.conf
            printf '[Partition]\nType=root-verity-sig\nVerity=signature\nVerityMatchKey=root\n' > definitions/30.conf
            for name in ours theirs; do openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=$name -keyout $name.key -out $name.pem 2> /dev/null; done
            systemd-repart --empty=create --size=16M --definitions=definitions --private-key=ours.key --certificate=ours.pem --dry-run=no ext.raw > repart.log 2>&1 || { cat repart.log; exit 1; }
            """);
    }
}
