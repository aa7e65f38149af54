using DotnetWorker;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSystemd();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddHostedService<TimeServer>();
await builder.Build().RunAsync();
