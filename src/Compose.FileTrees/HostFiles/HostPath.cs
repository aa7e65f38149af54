using System.Text;
using Compose.FileTrees.HostFiles.Linux;

namespace Compose.FileTrees.HostFiles;

/// <summary>What stands at a path of the build host.</summary>
public enum HostPathKind
{
    /// <summary>Nothing.</summary>
    Missing,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A device, pipe or socket.</summary>
    Special,
}

/// <summary>Questions about paths of the build host.</summary>
public static class HostPath
{
    /// <summary>What stands at the path. Symbolic links are followed.</summary>
    /// <exception cref="IOException">The host does not say.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder above it may not be searched.</exception>
    public static HostPathKind GetKind(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Directory.Exists(path) ? HostPathKind.Directory : File.Exists(path) ? HostPathKind.File : HostPathKind.Missing;
        }

        try
        {
            return LinuxCalls.GetStatus([.. Encoding.UTF8.GetBytes(path), 0], followLink: true).Type switch
            {
                FileType.Regular => HostPathKind.File,
                FileType.Directory => HostPathKind.Directory,
                _ => HostPathKind.Special,
            };
        }
        catch (FileNotFoundException)
        {
            return HostPathKind.Missing;
        }
    }

    /// <summary>The absolute path of something that exists, without symbolic links.</summary>
    /// <exception cref="FileNotFoundException">It does not exist.</exception>
    public static string Resolve(string path)
    {
        var absolute = Path.GetFullPath(path);
        return OperatingSystem.IsLinux()
            ? LinuxCalls.GetRealPath(absolute) ?? throw new FileNotFoundException($"'{absolute}' does not exist.", absolute)
            : absolute;
    }
}
