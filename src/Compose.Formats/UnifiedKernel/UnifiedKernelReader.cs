using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Formats.UnifiedKernel;

/// <summary>Reads unified kernel images (UAPI.5). Every number is checked against the file before it is used.</summary>
public static class UnifiedKernelReader
{
    /// <summary>Headers and section table lie in the first pages.</summary>
    private const int HeadSize = 64 * 1024;

    /// <summary>Command lines and release files have some hundred bytes.</summary>
    private const int MaximumTextSize = 64 * 1024;

    /// <summary>Reads the headers and the sections that hold text.</summary>
    /// <param name="content">The file. Its stream should be one that can be positioned; otherwise what is passed over is read.</param>
    /// <param name="name">What messages call it.</param>
    /// <returns>Null for a PE file that is no unified kernel image: it has no section <c>.linux</c>.</returns>
    /// <exception cref="DiagnosticException">COMPOSE4301: it is no PE file, or contradicts itself.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static UnifiedKernel? Read(FileContent content, string name)
    {
        ArgumentNullException.ThrowIfNull(content);
        using var stream = content.OpenRead();
        var head = new byte[(int)Math.Min(content.Length, HeadSize)];
        stream.ReadExactly(head);
        var headers = PortableExecutable.Read(head, name);
        var sections = headers.ReadSections(head, content.Length, name)
            .Select(section => new UnifiedKernelSection(section.Name, section.RawOffset, Math.Min(section.VirtualSize, section.RawSize)))
            .ToArray();
        if (Find(sections, ".linux") is not { } linux)
        {
            return null;
        }

        var position = (long)head.Length;
        var texts = new Dictionary<string, string>();
        string? kernelSays = null;
        foreach (var section in sections.OrderBy(section => section.Offset))
        {
            if (section.Name is ".cmdline" or ".osrel" or ".uname")
            {
                var bytes = ReadAt(section.Offset, (int)Math.Min(section.Size, MaximumTextSize));
                texts.TryAdd(section.Name, Encoding.UTF8.GetString(bytes).TrimEnd('\0'));
            }
            else if (section == linux)
            {
                kernelSays = KernelRelease(ReadAt(section.Offset, (int)Math.Min(section.Size, HeadSize)));
            }
        }

        return new UnifiedKernel(
            headers.Machine == PeMachine.Arm64 ? Architecture.Arm64 : Architecture.X64,
            sections,
            texts.GetValueOrDefault(".cmdline"),
            texts.GetValueOrDefault(".osrel"),
            texts.GetValueOrDefault(".uname") ?? kernelSays);

        byte[] ReadAt(long offset, int length)
        {
            var bytes = new byte[length];
            var inHead = (int)Math.Clamp(head.Length - offset, 0, length);
            head.AsSpan((int)Math.Min(offset, head.Length), inHead).CopyTo(bytes);
            if (inHead < length)
            {
                Skip(offset + inHead);
                stream.ReadExactly(bytes.AsSpan(inHead));
                position = offset + length;
            }

            return bytes;
        }

        void Skip(long target)
        {
            if (stream.CanSeek)
            {
                stream.Position = target;
                return;
            }

            var buffer = new byte[HeadSize];
            for (; position < target; position += buffer.Length)
            {
                buffer = target - position < buffer.Length ? new byte[target - position] : buffer;
                stream.ReadExactly(buffer);
            }
        }
    }

    /// <summary>Reports what a unified kernel image lacks to boot.</summary>
    /// <param name="image">The image.</param>
    /// <param name="content">Its file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="reporter">Told of what is missing.</param>
    public static void Verify(UnifiedKernel image, FileContent content, string name, IDiagnosticReporter reporter)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(reporter);
        foreach (var twice in image.Sections.GroupBy(section => section.Name).Where(group => group.Count() > 1))
        {
            Incomplete($"it has {twice.Count()} sections '{twice.Key}', and boot stubs take the first");
        }

        if (Find(image.Sections, ".osrel") is null)
        {
            Incomplete("it has no section '.osrel', by which boot loaders know it");
        }

        if (Find(image.Sections, ".linux") is not { Size: >= 64 } linux)
        {
            Incomplete("its section '.linux' is too small for a kernel");
            return;
        }

        var start = new byte[(int)Math.Min(linux.Size, HeadSize)];
        using var stream = content.OpenRead();
        if (!stream.CanSeek)
        {
            return;
        }

        stream.Position = linux.Offset;
        stream.ReadExactly(start);
        try
        {
            var kernel = PortableExecutable.Read(start, $"kernel in {name}");
            if (kernel.Machine == PeMachine.Arm64 != (image.Architecture == Architecture.Arm64))
            {
                Incomplete("its kernel is for another processor than its boot stub");
            }
        }
        catch (DiagnosticException e)
        {
            reporter.Report(e.Diagnostic);
        }

        void Incomplete(string reason) =>
            reporter.Report(FormatDiagnostics.IncompleteUnifiedKernel.Create($"The unified kernel image '{name}' is incomplete: {reason}.", name));
    }

    private static UnifiedKernelSection? Find(IReadOnlyList<UnifiedKernelSection> sections, string name)
    {
        foreach (var section in sections)
        {
            if (section.Name == name)
            {
                return section;
            }
        }

        return null;
    }

    /// <summary>What an x86 kernel says of itself (Linux, "The Linux/x86 Boot Protocol"); null for others.</summary>
    private static string? KernelRelease(ReadOnlySpan<byte> kernel)
    {
        const int SetupHeader = 0x202;
        const int VersionPointer = 0x20E;
        const int SectorSize = 512;

        if (kernel.Length < VersionPointer + 2 || !kernel[SetupHeader..].StartsWith("HdrS"u8))
        {
            return null;
        }

        var offset = BinaryPrimitives.ReadUInt16LittleEndian(kernel[VersionPointer..]) + SectorSize;
        if (offset == SectorSize || offset >= kernel.Length)
        {
            return null;
        }

        var text = kernel[offset..];
        var end = text.IndexOfAny((byte)0, (byte)' ');
        return end > 0 ? Encoding.Latin1.GetString(text[..end]) : null;
    }
}
