using System.Text;

namespace Compose.Machines;

/// <summary>How a command in a guest ended.</summary>
/// <param name="Command">The bash script that was run.</param>
/// <param name="ExitCode">Its exit code; a signal counts as 128 and its number.</param>
/// <param name="Output">What it wrote to standard output, up to the machine's limit.</param>
/// <param name="Error">What it wrote to standard error, up to the machine's limit.</param>
/// <param name="OutputLength">How many bytes it wrote to standard output.</param>
/// <param name="ErrorLength">How many bytes it wrote to standard error.</param>
public sealed record GuestCommandResult(
    string Command,
    int ExitCode,
    ReadOnlyMemory<byte> Output,
    ReadOnlyMemory<byte> Error,
    long OutputLength,
    long ErrorLength)
{
    /// <summary><see cref="Output"/> as UTF-8.</summary>
    public string StandardOutput => Encoding.UTF8.GetString(Output.Span);

    /// <summary><see cref="Error"/> as UTF-8.</summary>
    public string StandardError => Encoding.UTF8.GetString(Error.Span);

    /// <summary>Whether output is missing because it was longer than the limit.</summary>
    public bool IsTruncated => OutputLength > Output.Length || ErrorLength > Error.Length;

    /// <summary>Returns this result.</summary>
    /// <exception cref="MachineException">The exit code is not zero; the message has both outputs.</exception>
    public GuestCommandResult EnsureSuccess() => ExitCode == 0
        ? this
        : throw new MachineException(MachineFailure.CommandFailed, ToString(), null, []);

    /// <summary>The command, its exit code and its outputs, for a person.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"'{Command}' ended with code {ExitCode}.");
        Append("output", StandardOutput);
        Append("error output", StandardError);
        if (IsTruncated)
        {
            text.Append("\n(Longer than the limit.)");
        }

        return text.ToString();

        void Append(string name, string value)
        {
            if (value.Length > 0)
            {
                text.Append("\nIts ").Append(name).Append(":\n").Append(value.TrimEnd('\n'));
            }
        }
    }
}
