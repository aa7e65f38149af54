using System.Globalization;
using System.Text;
using Compose.Formats.Gpt;
using Compose.Formats.Verity;

namespace Compose.Images.Disks;

/// <summary>Says what somebody needs who wants to verify /usr by hand.</summary>
internal static class VerityReport
{
    /// <summary>The report's text.</summary>
    public static string Create(VerityTree tree, VerityParameters parameters, GptPartitionSlot data, GptPartitionSlot hashes)
    {
        var report = new StringBuilder();
        Line("Root hash", tree.RootHash.ToString());
        Line("Hash algorithm", "sha256");
        Line("Salt", Convert.ToHexStringLower(parameters.Salt.Span));
        Line("UUID", parameters.Id.ToString());
        Line("Block size", Number(VerityParameters.BlockSize));
        Line("Data blocks", Number(tree.DataBlocks));
        Line("Data partition", $"{data.Partition.Label} {data.Partition.Id}");
        Line("Data offset", Number(data.Offset));
        Line("Hash partition", $"{hashes.Partition.Label} {hashes.Partition.Id}");
        Line("Hash offset", Number(hashes.Offset));
        Line("Hash size", Number(tree.Length));
        return report.ToString();

        void Line(string name, string value) => report.Append(CultureInfo.InvariantCulture, $"{name + ":",-16}{value}\n");

        static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
