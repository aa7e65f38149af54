using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Compose.Tool;

/// <summary>Help that shows, below a command's options, what does not fit into their one line.</summary>
/// <param name="help">Shows the options.</param>
/// <param name="details">The commands that have more to tell.</param>
internal sealed class DetailedHelp(SynchronousCommandLineAction help, IReadOnlyDictionary<Command, string> details) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Makes a root command's help show details.</summary>
    public static void AddTo(RootCommand root, IReadOnlyDictionary<Command, string> details)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new DetailedHelp((SynchronousCommandLineAction)option.Action!, details);
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = help.Invoke(parseResult);
        if (details.TryGetValue(parseResult.CommandResult.Command, out var text))
        {
            parseResult.InvocationConfiguration.Output.WriteLine(text);
        }

        return exitCode;
    }
}
