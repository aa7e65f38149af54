using System.Globalization;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Applications;

/// <summary>Writes the unit of a service that runs an application as a user of its own, with as little else as it can do with.</summary>
internal static class ServiceUnit
{
    /// <summary>
    /// What every such service is denied (systemd.exec(5)). DynamicUser= brings ProtectSystem=strict, PrivateTmp=, RemoveIPC=,
    /// NoNewPrivileges= and RestrictSUIDSGID=. MemoryDenyWriteExecute= is not here: the runtime compiles while it runs.
    /// </summary>
    private static readonly string[] Restrictions =
    [
        "CapabilityBoundingSet=",
        "LockPersonality=yes",
        "PrivateDevices=yes",
        "ProtectClock=yes",
        "ProtectControlGroups=yes",
        "ProtectHome=yes",
        "ProtectHostname=yes",
        "ProtectKernelLogs=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "SystemCallArchitectures=native",
        "SystemCallErrorNumber=EPERM",
        "SystemCallFilter=@system-service",
    ];

    /// <summary>The unit's text.</summary>
    /// <param name="name">The application's name.</param>
    /// <param name="folder">Where its files are.</param>
    /// <param name="service">What its project says.</param>
    /// <exception cref="DiagnosticException">The description cannot stand on one line.</exception>
    public static string Create(string name, TreePath folder, ServiceDefinition service)
    {
        if (service.Description.Any(char.IsControl) || service.Description.EndsWith('\\'))
        {
            throw new DiagnosticException(ImageDiagnostics.BadValue.Create($"The Description of the application '{name}' is not one line of text."));
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"[Unit]\nDescription={service.Description.Replace("%", "%%", StringComparison.Ordinal)}\nAfter=network.target\n\n");
        text.Append(CultureInfo.InvariantCulture, $"[Service]\nType={(service.NotifiesWhenReady ? "notify" : "exec")}\nExecStart=/usr/bin/{name}\n");

        // The state directory is the only place that the service may write to, and stays when it ends.
        text.Append(CultureInfo.InvariantCulture, $"DynamicUser=yes\nStateDirectory={name}\nRuntimeDirectory={name}\nWorkingDirectory=%S/{name}\nRestart=on-failure\n");

        // Where hosts of .NET look for appsettings.json and wwwroot; by default it is the working directory.
        text.Append(CultureInfo.InvariantCulture, $"Environment=DOTNET_CONTENTROOT=/{folder}\n");
        foreach (var restriction in Restrictions)
        {
            text.Append(restriction).Append('\n');
        }

        return text.ToString();
    }
}
