using Compose.Images.Units;

namespace Compose.Images.Checks.Units;

/// <summary>A command of a unit (systemd.service(5), "Command lines").</summary>
/// <param name="Program">The program: an absolute path, or a name to be looked up.</param>
/// <param name="IgnoresFailure">Whether it may fail.</param>
internal readonly record struct ExecCommand(string Program, bool IgnoresFailure)
{
    /// <summary>What may stand before the program.</summary>
    private const string Prefixes = "@-:+!|";

    /// <summary>The commands of a value, which semicolons separate.</summary>
    public static IEnumerable<ExecCommand> Parse(string value)
    {
        var isProgram = true;
        foreach (var word in UnitWords.OfCommand(value))
        {
            if (word == ";")
            {
                isProgram = true;
            }
            else if (isProgram)
            {
                var program = word.TrimStart(Prefixes.ToCharArray());
                isProgram = false;
                if (program.Length > 0)
                {
                    yield return new ExecCommand(program, word[..^program.Length].Contains('-', StringComparison.Ordinal));
                }
            }
        }
    }
}
