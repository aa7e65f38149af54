namespace Compose.Packages.Downloads;

/// <summary>Reads that give up when nothing comes.</summary>
internal static class Stall
{
    public static async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(timeout);
        try
        {
            return await body.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientFailureException("the server stopped sending", e);
        }
        catch (Exception e) when (e is IOException and not HttpIOException)
        {
            throw new TransientFailureException($"the connection was cut ({e.Message})", e);
        }
    }
}
