using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Runs a build in a process of its own, which none of the outer build's properties and restore sessions reach, while no
/// other build on this machine does the same. Compiled by MSBuild when it is used, so it is written in old C#.
/// </summary>
public class BuildOnce : Task, ICancelableTask
{
    private readonly CancellationTokenSource _cancellation = new CancellationTokenSource();

    /// <summary>A file that is held open while the build runs.</summary>
    [Required]
    public string LockFile { get; set; }

    /// <summary>A file that is written when the build succeeds; when it is newer than the inputs, nothing is done.</summary>
    [Required]
    public string Stamp { get; set; }

    /// <summary>The sources.</summary>
    [Required]
    public ITaskItem[] Inputs { get; set; }

    /// <summary>The path of the dotnet command.</summary>
    [Required]
    public string Dotnet { get; set; }

    /// <summary>Its arguments.</summary>
    [Required]
    public string Arguments { get; set; }

    /// <inheritdoc/>
    public void Cancel()
    {
        _cancellation.Cancel();
    }

    /// <inheritdoc/>
    public override bool Execute()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(LockFile));
        using (TakeLock())
        {
            // Another build may have done it while this one waited.
            if (IsUpToDate() || _cancellation.IsCancellationRequested)
            {
                return !_cancellation.IsCancellationRequested;
            }

            if (!RunBuild())
            {
                return false;
            }

            File.WriteAllText(Stamp, string.Empty);
            return true;
        }
    }

    private bool IsUpToDate()
    {
        return File.Exists(Stamp)
            && Inputs.All(input => File.GetLastWriteTimeUtc(input.ItemSpec) <= File.GetLastWriteTimeUtc(Stamp));
    }

    private IDisposable TakeLock()
    {
        while (true)
        {
            try
            {
                return new FileStream(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                if (_cancellation.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(100)))
                {
                    return null;
                }
            }
        }
    }

    private bool RunBuild()
    {
        var start = new ProcessStartInfo(Dotnet, Arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What the outer build told its own processes would mislead another one.
        foreach (var name in start.EnvironmentVariables.Keys.Cast<string>().Where(IsOfMSBuild).ToArray())
        {
            start.EnvironmentVariables.Remove(name);
        }

        using (var process = Process.Start(start))
        {
            process.OutputDataReceived += (sender, line) => LogLine(line.Data);
            process.ErrorDataReceived += (sender, line) => LogLine(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            using (_cancellation.Token.Register(() => Kill(process)))
            {
                process.WaitForExit();
            }

            if (process.ExitCode != 0 && !Log.HasLoggedErrors)
            {
                Log.LogError("The SDK's tasks could not be built: dotnet {0} ended with {1}.", Arguments, process.ExitCode);
            }

            return process.ExitCode == 0;
        }
    }

    private static bool IsOfMSBuild(string name)
    {
        return name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase);
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended by itself.
        }
    }

    private void LogLine(string line)
    {
        if (!string.IsNullOrEmpty(line))
        {
            Log.LogMessageFromText(line, MessageImportance.Low);
        }
    }
}
