using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Compose.Packages.Tests.Support;

/// <summary>A clock whose timers are due as soon as they are set: it goes on by the time that was to be waited, and keeps that.</summary>
internal sealed class SkippingClock : FakeTimeProvider
{
    /// <summary>How long was to be waited, in the order of the waits.</summary>
    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Waits.Enqueue(dueTime);
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Advance(dueTime);
        return timer;
    }
}
