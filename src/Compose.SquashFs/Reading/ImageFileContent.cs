namespace Compose.SquashFs.Reading;

/// <summary>A file's bytes in an image. They are read as they are asked for, while the image is open.</summary>
internal sealed class ImageFileContent(SquashFsImage image, ImageFileLayout layout, TreePath path) : FileContent
{
    public override long Length => layout.Length;

    public ImageFileLayout Layout => layout;

    public override Stream OpenRead() => new ImageFileStream(image, layout, path);
}
