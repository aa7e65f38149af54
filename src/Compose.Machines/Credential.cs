using System.Text;

namespace Compose.Machines;

/// <summary>
/// A systemd credential that the machine hands to its guest in SMBIOS type 11 strings (systemd.system-credentials(7)),
/// so that an unmodified image can be given units. The guest's systemd 256 or later understands those made here.
/// </summary>
/// <param name="Name">File name of the credential, of at most 255 letters, digits and <c>. _ - @ ~ \ :</c>.</param>
/// <param name="Value">The content; binary is allowed.</param>
public sealed record Credential(string Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>A credential of text, in UTF-8.</summary>
    public static Credential FromText(string name, string text) => new(name, Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// A unit that the guest has in addition. It exists in the initrd and in the booted system alike:
    /// <c>ConditionPathExists=!/etc/initrd-release</c> keeps it out of the former. Nothing starts it by itself, as its
    /// <c>[Install]</c> section is not looked at; see <see cref="UnitDropIn"/>.
    /// </summary>
    /// <param name="unit">The unit's full name, such as <c>probe.service</c>.</param>
    /// <param name="text">The unit file.</param>
    public static Credential ExtraUnit(string unit, string text) => FromText("systemd.extra-unit." + unit, text);

    /// <summary>A drop-in for a unit of the guest, for example to want an extra unit from a target.</summary>
    /// <param name="unit">The full name of the unit that it is for.</param>
    /// <param name="name">The drop-in's name without <c>.conf</c>; drop-ins are read in the order of their names.</param>
    /// <param name="text">The drop-in file.</param>
    public static Credential UnitDropIn(string unit, string name, string text) =>
        FromText($"systemd.unit-dropin.{unit}~{name}", text);

    /// <summary>The SMBIOS string: base64 keeps commas and newlines away from QEMU's option parser.</summary>
    /// <exception cref="ArgumentException">The name is not a credential's name.</exception>
    internal string ToSmbiosString()
    {
        if (Name.Length is 0 or > 255 || !Name.All(c => char.IsAsciiLetterOrDigit(c) || "._-@~\\:".Contains(c, StringComparison.Ordinal)))
        {
            throw new ArgumentException($"'{Name}' is not the name of a credential.");
        }

        return $"io.systemd.credential.binary:{Name}={Convert.ToBase64String(Value.Span)}";
    }
}
