using System.CommandLine;
using Compose.Tool.Boot;

var root = new RootCommand("Works with extension images and disk images.")
{
    BootCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
