namespace Compose.Tool.Tests.Pack;

/// <summary>A folder with something to pack, which goes when the test ends.</summary>
internal sealed class PackFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("compose-pack-").FullName;

    /// <summary>Where images go.</summary>
    public string Image => this["image.raw"];

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Makes a tree of every kind of file in the folder <c>tree</c>.</summary>
    public void MakeTree()
    {
        Shell("""
            mkdir -p tree/bin tree/etc/empty tree/share; cd tree
            seq 100000 > share/numbers; cp share/numbers share/again; head -c 200001 /dev/urandom > share/random
            for i in $(seq 50); do echo "file $i" > etc/$i; done
            echo '#!/bin/sh' > bin/tool; chmod 4755 bin/tool; ln bin/tool bin/hard; ln -s tool bin/soft; ln -s nowhere dangling
            truncate -s 3M share/sparse; mkfifo pipe; touch $'latin-\xe9'; chmod 1777 share; chmod 600 etc/1
            if [ $(id -u) = 0 ]; then mknod null c 1 3; chown -R 12:34 share; chown 5:70000 etc/2; setcap cap_net_raw+ep bin/tool; fi
            find . -print0 | sort -z | xargs -0 touch -h -d @1234567890
            """);
    }

    /// <summary>Packs something of the folder without a cache.</summary>
    /// <returns>What the command printed.</returns>
    public string Pack(string input, params string[] options) =>
        ComposeCommand.Run(["pack", this[input], "-o", Image, "--no-cache", .. options]).EnsureSuccess();

    /// <summary>Runs a script in the folder.</summary>
    public void Shell(string script) => ExternalTool.TryRun("bash", ["-euc", script], input: null, Path).EnsureSuccess();

    /// <inheritdoc/>
    public void Dispose()
    {
        // .NET deletes no names that are not text.
        ExternalTool.Run("chmod", "-R", "u+rwX", Path);
        ExternalTool.Run("rm", "-rf", Path);
    }
}
