using Compose.Diagnostics;

namespace Compose.Machines.Emulator;

/// <summary>
/// A machine's private folder for its sockets, its copy of the firmware's variables and its throwaway disk. It is
/// deleted with the machine; those of processes that were killed are deleted by the next machine.
/// </summary>
internal sealed class MachineFolder : IDisposable
{
    private const string Prefix = "compose-machine-";
    private const string LockName = "lock";

    // The longest path of a socket is 107 bytes on Linux and 103 on macOS; the longest name here has 10.
    private const int LongestPath = 90;

    // Between the creation of a folder and that of its lock nobody else may take it for abandoned.
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private readonly string _path;
    private readonly FileStream _held;

    private MachineFolder(string path, FileStream held)
    {
        _path = path;
        _held = held;
    }

    /// <summary>Makes a folder that only this user may enter.</summary>
    /// <param name="parent">Where; the system's temporary folder if null.</param>
    /// <exception cref="DiagnosticException">Its path is too long for sockets (COMPOSE5005).</exception>
    public static MachineFolder Create(string? parent = null)
    {
        parent ??= Path.GetTempPath();
        DeleteAbandoned(parent);
        var path = CreateUnique(parent);
        try
        {
            if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestPath)
            {
                throw new DiagnosticException(MachineDiagnostics.TemporaryPathTooLong.Create(
                    $"'{parent}' is too long for the sockets of a virtual machine. Set TMPDIR to a shorter path."));
            }

            return new(path, Lock(path, FileMode.CreateNew));
        }
        catch
        {
            Directory.Delete(path, recursive: true);
            throw;
        }
    }

    /// <summary>The path of a file in the folder.</summary>
    public string PathOf(string name) => Path.Combine(_path, name);

    /// <summary>Deletes the folder.</summary>
    public void Dispose()
    {
        _held.Dispose();
        DeleteIfPossible(_path);
    }

    private static string CreateUnique(string parent)
    {
        var path = Path.Combine(parent, Prefix + Path.GetRandomFileName()[..8]);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    private static FileStream Lock(string path, FileMode mode) =>
        new(Path.Combine(path, LockName), mode, FileAccess.ReadWrite, FileShare.None);

    private static void DeleteAbandoned(string parent)
    {
        foreach (var other in Directory.EnumerateDirectories(parent, Prefix + "*"))
        {
            try
            {
                if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(other) < Grace)
                {
                    continue;
                }

                using (Lock(other, FileMode.Open))
                {
                    DeleteIfPossible(other);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // In use, or another user's.
            }
        }
    }

    private static void DeleteIfPossible(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next machine tries again.
        }
    }
}
