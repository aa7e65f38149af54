// A build, for tests that kill it: takes a folder into a content store and writes an image of it.
//
// FOLDER IMAGE STORE CACHE-SIZE

using System.Globalization;
using Compose.FileTrees.Caching;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Storage;
using Compose.SquashFs;

if (args is not [var folder, var image, var directory, var cacheSize])
{
    return 2;
}

// The one who kills counts from here on.
Console.WriteLine("started");
var store = new ContentStore(directory);
var tree = HostDirectory.Read(folder).StoreContents(store);
SquashFsWriter.WriteFile(tree, image, new SquashFsOptions
{
    BlockSize = 16 * 1024,
    Cache = new BlockCache(store.BlockCacheDirectory, long.Parse(cacheSize, CultureInfo.InvariantCulture)),
});
return 0;
