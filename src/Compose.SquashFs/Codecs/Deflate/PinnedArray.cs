using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>Memory that does not move, used again for each block. It is the collector's, so nothing need free it.</summary>
internal sealed unsafe class PinnedArray<T>
    where T : unmanaged
{
    private T[] _items = [];

    /// <summary>The first item; valid as long as this object is reachable and does not grow.</summary>
    public T* Pointer { get; private set; }

    /// <summary>Makes room. What was there is lost; new room holds zeros.</summary>
    public T* Reserve(int count)
    {
        if (_items.Length < count)
        {
            _items = GC.AllocateArray<T>(count, pinned: true);
            Pointer = (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_items));
        }

        return Pointer;
    }
}
