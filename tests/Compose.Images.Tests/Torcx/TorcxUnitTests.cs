using System.Text;
using Compose.FileTrees;
using Compose.Images.Torcx;

namespace Compose.Images.Tests.Torcx;

public sealed class TorcxUnitTests
{
    [Theory]
    [InlineData("EnvironmentFile=/run/metadata/torcx\n", "")]
    [InlineData("EnvironmentFile=-/run/metadata/torcx\n", "")]
    [InlineData("EnvironmentFile=-/run/flannel/flannel_docker_opts.env\n", "EnvironmentFile=-/run/flannel/flannel_docker_opts.env\n")]
    [InlineData("Environment=TORCX_IMAGEDIR=/docker\n", "")]
    [InlineData("Environment=A=1 \"TORCX_IMAGEDIR=/docker\" B=\"2 3\"\n", "Environment=A=1 B=\"2 3\"\n")]
    [InlineData("Environment=DOCKER_SELINUX=--selinux-enabled=true\n", "Environment=DOCKER_SELINUX=--selinux-enabled=true\n")]
    [InlineData("Requires=torcx.target\nAfter=torcx.target\n", "")]
    [InlineData("After=torcx.target network-online.target\n", "After=network-online.target\n")]
    [InlineData("Requires=containerd.service docker.socket\n", "Requires=containerd.service docker.socket\n")]
    [InlineData(
        "ExecStart=/usr/bin/env PATH=${TORCX_BINDIR}:${PATH} ${TORCX_BINDIR}/dockerd --host=fd://\n",
        "ExecStart=/usr/bin/env PATH=/usr/bin:${PATH} /usr/bin/dockerd --host=fd://\n")]
    [InlineData("ExecStart=$TORCX_BINDIR/dockerd\n", "ExecStart=/usr/bin/dockerd\n")]
    [InlineData(
        "ExecStart=${TORCX_BINDIR}/containerd --config ${TORCX_UNPACKDIR}${TORCX_IMAGEDIR}/usr/share/containerd/config.toml\n",
        "ExecStart=/usr/bin/containerd --config /usr/share/containerd/config.toml\n")]
    [InlineData("ExecStart=x ${TORCX_UNPACKDIR}/${TORCX_IMAGEDIR}/etc/a.json\n", "ExecStart=x /usr/share/docker/etc/a.json\n")]
    [InlineData(
        "ExecStartPre=-/sbin/insmod ${TORCX_UNPACKDIR}/docker/lib/modules/%v/extra/wireguard.ko\n",
        "ExecStartPre=-/sbin/insmod /usr/lib/modules/%v/extra/wireguard.ko\n")]
    [InlineData("ExecStart=x \"${TORCX_UNPACKDIR}${TORCX_IMAGEDIR}\"\n", "ExecStart=x \"/usr/share/docker\"\n")]
    [InlineData("ExecStart=/run/torcx/bin/dockerd /run/torcx/unpack/docker/opt/x\n", "ExecStart=/usr/bin/dockerd /opt/x\n")]
    [InlineData("# After=torcx.target stays a comment of ${TORCX_BINDIR}", "# After=torcx.target stays a comment of /usr/bin")]
    public void Torcx_is_taken_out_of_a_line(string before, string after) => Assert.Equal(after, Convert(before, out _));

    [Theory]
    [InlineData("ExecStart=x ${TORCX_PROFILE_PATH}\n", "${TORCX_PROFILE_PATH}")]
    [InlineData("ExecStart=x ${TORCX_UNPACKDIR}/another/bin/y\n", "${TORCX_UNPACKDIR}")]
    [InlineData("ExecStart=cat /run/metadata/torcx\n", "/run/metadata/torcx")]
    [InlineData("ExecStart=x ${TORCX_UNPACKDIR}${TORCX_IMAGEDIR}/../../etc/passwd\n", "${TORCX_UNPACKDIR}")]
    public void What_cannot_be_taken_out_is_told(string unit, string leftOver)
    {
        Convert(unit, out var found);

        Assert.Contains(leftOver, found);
    }

    [Fact]
    public void Bytes_that_are_no_text_stay()
    {
        byte[] unit = [.. "Description="u8, 0xFF, 0xC3, 0xA9, (byte)'\n'];

        Assert.Equal(unit, new TorcxUnit("docker", new TorcxPlaces("docker").Of).Convert(unit, out _));
    }

    private static string Convert(string unit, out IReadOnlyList<string> leftOver) => Encoding.UTF8.GetString(
        new TorcxUnit("docker", new TorcxPlaces("docker").Of).Convert(Encoding.UTF8.GetBytes(unit), out leftOver));
}
