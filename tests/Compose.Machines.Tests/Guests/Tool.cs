using System.ComponentModel;
using System.Diagnostics;

namespace Compose.Machines.Tests.Guests;

/// <summary>Programs that the tests need.</summary>
internal static class Tool
{
    public static async Task<string> RunAsync(string package, string name, params string[] arguments)
    {
        using var process = Start(package, new(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{name} ended with {process.ExitCode}: {await error}");
        return output;
    }

    public static Process Start(string package, ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Fail($"{start.FileName} is not installed; its package is {package} on Debian.");
            throw;
        }
    }
}
