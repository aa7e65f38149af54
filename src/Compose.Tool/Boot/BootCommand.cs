using System.CommandLine;
using Compose.Diagnostics;
using Compose.Machines;

namespace Compose.Tool.Boot;

/// <summary><c>compose boot</c>: a disk image in a virtual machine, with its console in the terminal.</summary>
internal static class BootCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var image = new Option<FileInfo?>("--image") { Description = "The disk image to boot. It is not changed." };
        var project = new Option<FileInfo?>("--image-project") { Description = "The project that makes the disk image; it is built first." };
        var configuration = new Option<string>("--configuration") { Description = "The configuration to build that project in.", DefaultValueFactory = _ => "Debug" };
        var noBuild = new Option<bool>("--no-build") { Description = "Takes that project's image as it is." };
        var extensions = new Option<FileInfo[]>("--extension") { Description = "An extension image to merge in the guest, in place of the image's own of that name. May be repeated." };
        var configurations = new Option<FileInfo[]>("--configuration-extension") { Description = "A configuration extension to merge over the guest's /etc. May be repeated." };
        var memory = new Option<int>("--memory") { Description = "The guest's memory in MiB.", DefaultValueFactory = _ => 2048 };
        var processors = new Option<int?>("--processors") { Description = "How many processors the guest has: 2, or 1 where they are emulated." };
        var isolated = new Option<bool>("--isolated") { Description = "Gives the guest a network that leads nowhere." };
        var command = new Command("boot", "Boots a disk image in QEMU, with its console in the terminal.")
        {
            image, project, configuration, noBuild, extensions, configurations, memory, processors, isolated,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(image) is null == result.GetValue(project) is null)
            {
                result.AddError("Name what to boot: either --image or --image-project.");
            }
        });
        command.SetAction(async (result, cancellationToken) =>
        {
            try
            {
                var disk = result.GetValue(image)?.FullName;
                if (disk is null)
                {
                    var imageProject = new ImageProject(result.GetValue(project)!.FullName, result.GetValue(configuration)!);
                    if (!result.GetValue(noBuild) && await imageProject.BuildAsync(cancellationToken) is var exitCode and not 0)
                    {
                        return exitCode;
                    }

                    disk = await imageProject.FindOutputAsync(cancellationToken);
                }

                return await InteractiveSession.RunAsync(
                    await QemuHost.DetectAsync(new ConsoleReporter(), cancellationToken),
                    new InteractiveOptions
                    {
                        Disk = disk,
                        Extensions = [.. (result.GetValue(extensions) ?? []).Select(extension => extension.FullName)],
                        ConfigurationExtensions = [.. (result.GetValue(configurations) ?? []).Select(extension => extension.FullName)],
                        MemoryMebibytes = result.GetValue(memory),
                        ProcessorCount = result.GetValue(processors),
                        Network = result.GetValue(isolated) ? MachineNetwork.Isolated : MachineNetwork.Outbound,
                    },
                    Console.Out,
                    cancellationToken);
            }
            catch (DiagnosticException e)
            {
                new ConsoleReporter().Report(e.Diagnostic);
                return 1;
            }
        });
        return command;
    }
}
