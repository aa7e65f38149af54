using System.Security.Cryptography;
using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>Statically linked programs in the three forms that their publishers ship: a folder of them, one alone, one beside other files.</summary>
public sealed class StaticProgramTests(SdkFixture fixture)
{
    private const string Project = "tools/tools.sysext.csproj";

    [Fact]
    public void Static_programs_as_upstream_ships_them_run_from_the_extension()
    {
        using var workspace = fixture.CreateWorkspace();
        using var server = new FileServer();
        workspace.WriteBase();
        MakePrograms(workspace, server);
        workspace.WriteProject(Project, $$"""
              <ItemGroup>
                <ProjectReference Include="../base/base.os.csproj" />
                <Archive Include="http://127.0.0.1:{{server.Port}}/docker/docker-{version}.tgz" Version="28.*" VersionsUrl="http://127.0.0.1:{{server.Port}}/docker/"
                         Sha256="{{Sum(workspace, "docker-28.4.0.tgz")}}" StripComponents="1" ExcludedFiles="ctr" Destination="/usr/bin" />
                <Archive Include="http://127.0.0.1:{{server.Port}}/kubernetes/v{version}/bin/linux/amd64/kubectl" Version="1.34.1"
                         ChecksumsUrl="http://127.0.0.1:{{server.Port}}/kubernetes/v{version}/bin/linux/amd64/kubectl.sha256"
                         Mappings="kubectl -> /usr/bin/kubectl mode=0755" />
                <Archive Include="http://127.0.0.1:{{server.Port}}/wasmtime/wasmtime-v{version}-x86_64-linux.tar.xz" Version="38.0.3"
                         ChecksumsUrl="http://127.0.0.1:{{server.Port}}/wasmtime/SHA256SUMS" ChecksumsSignatureUrl="http://127.0.0.1:{{server.Port}}/wasmtime/SHA256SUMS.asc" Keys="keys/wasmtime.asc"
                         StripComponents="1" Mappings="wasmtime -> /usr/bin/; LICENSE -> /usr/share/licenses/wasmtime/" />
              </ItemGroup>
            """);

        var output = workspace.BuildChecked(Project);

        Assert.DoesNotContain("COMPOSE1063", output, StringComparison.Ordinal);
        Assert.DoesNotContain("warning COMPOSE", output, StringComparison.Ordinal);
        var tree = workspace.Combine("extracted");
        CommandLine.RunChecked("unsquashfs", ["-d", tree, workspace.Combine("tools", "bin", "Debug", "tools.raw")], workspace.Root);
        foreach (var name in (string[])["dockerd", "docker", "kubectl", "wasmtime"])
        {
            Assert.Equal($"this is {name}", CommandLine.RunChecked(Path.Combine(tree, "usr", "bin", name), [], workspace.Root).Trim());
        }

        Assert.False(File.Exists(Path.Combine(tree, "usr", "bin", "ctr")));
        Assert.Equal("free\n", File.ReadAllText(Path.Combine(tree, "usr", "share", "licenses", "wasmtime", "LICENSE")));
    }

    [Fact]
    public void What_is_wrong_with_an_archive_is_shown_at_its_item()
    {
        using var workspace = fixture.CreateWorkspace();
        using var server = new FileServer();
        server.Files["/SHA256SUMS"] = "\n"u8.ToArray();
        server.Files["/there.tgz"] = "a file"u8.ToArray();
        foreach (var (metadata, code) in ((string, string)[])
        [
            ($"""Include="http://user:secret@127.0.0.1:{server.Port}/missing.tgz?token=secret" """, "COMPOSE1052"),
            ($"""Include="http://user:secret@127.0.0.1:{server.Port}/there.tgz" ChecksumsUrl="http://user:secret@127.0.0.1:{server.Port}/SHA256SUMS" """, "COMPOSE1068"),
            ("""Include="there.tgz" Sha256="1234" """, "COMPOSE9009"),
        ])
        {
            workspace.WriteProject(Project, $"""
                  <ItemGroup>
                    <Archive {metadata}/>
                  </ItemGroup>
                """);

            var result = workspace.Dotnet("restore", Project, "-nologo", "-tl:off", "-nodeReuse:false");

            Assert.NotEqual(0, result.ExitCode);
            Assert.Matches($@"tools\.sysext\.csproj\(3,\d+\): error {code}", result.Output);
            Assert.DoesNotContain("secret", result.Output, StringComparison.Ordinal);
        }
    }

    private static void MakePrograms(Workspace workspace, FileServer server)
    {
        CommandLine.RunChecked("sh", ["-c", """
            set -e
            mkdir -p upstream/docker upstream/wasmtime-v38.0.3-x86_64-linux
            cd upstream
            for name in docker/dockerd docker/docker docker/ctr kubectl wasmtime-v38.0.3-x86_64-linux/wasmtime; do
              printf 'int puts(const char *); int main(void) { puts("this is %s"); return 0; }\n' "${name##*/}" > program.c
              gcc -static -s -o "$name" program.c
            done
            chmod 644 kubectl
            echo free > wasmtime-v38.0.3-x86_64-linux/LICENSE
            tar --owner=builder:1000 --group=builder:1000 -czf docker-28.4.0.tgz docker
            tar -cJf wasmtime-v38.0.3-x86_64-linux.tar.xz wasmtime-v38.0.3-x86_64-linux
            sha256sum kubectl | cut -d' ' -f1 > kubectl.sha256
            sha256sum *.tar.xz > SHA256SUMS
            mkdir -m 700 gnupg ../tools ../tools/keys
            gpg --homedir gnupg --batch --quiet --passphrase '' --quick-generate-key 'Upstream <upstream@localhost>' ed25519 sign never
            gpg --homedir gnupg --batch --armor --output ../tools/keys/wasmtime.asc --export
            gpg --homedir gnupg --batch --armor --output SHA256SUMS.asc --detach-sign SHA256SUMS
            gpgconf --homedir gnupg --kill all
            """], workspace.Root);
        foreach (var (path, file) in ((string, string)[])
        [
            ("/docker/docker-28.4.0.tgz", "docker-28.4.0.tgz"),
            ("/kubernetes/v1.34.1/bin/linux/amd64/kubectl", "kubectl"),
            ("/kubernetes/v1.34.1/bin/linux/amd64/kubectl.sha256", "kubectl.sha256"),
            ("/wasmtime/wasmtime-v38.0.3-x86_64-linux.tar.xz", "wasmtime-v38.0.3-x86_64-linux.tar.xz"),
            ("/wasmtime/SHA256SUMS", "SHA256SUMS"),
            ("/wasmtime/SHA256SUMS.asc", "SHA256SUMS.asc"),
        ])
        {
            server.Files[path] = File.ReadAllBytes(workspace.Combine("upstream", file));
        }

        server.Files["/docker/"] = """<a href="docker-27.5.1.tgz">1</a> <a href="docker-28.4.0.tgz">2</a> <a href="docker-29.0.0-rc.1.tgz">3</a>"""u8.ToArray();
    }

    private static string Sum(Workspace workspace, string file) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(workspace.Combine("upstream", file))));
}
