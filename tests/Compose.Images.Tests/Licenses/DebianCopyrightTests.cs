using System.Text;
using Compose.FileTrees;
using Compose.Images.Licenses;

namespace Compose.Images.Tests.Licenses;

public class DebianCopyrightTests
{
    private const string Format = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";

    [Theory]
    [InlineData(Format + "Files: *\nCopyright: someone\nLicense: GPL-2+\n", "GPL-2+")]
    [InlineData(Format + "Files: *\nLicense: GPL-2+ or Artistic, and BSD-3-clause\n text\n", "Artistic BSD-3-clause GPL-2+")]
    [InlineData(Format + "Files: *\nLicense: GPL-2 with Linux-syscall-note exception OR BSD-3-Clause\n", "BSD-3-Clause GPL-2_with_Linux-syscall-note_exception")]
    [InlineData(Format + "Files: a\nLicense: Expat\n\nFiles: b\nLicense: Expat\n\nLicense: Expat\n Permission is granted\n .\n for all\n", "Expat")]
    [InlineData(Format + "Files: *\nLicense: GPL-3+ with OpenSSL exception\n", "GPL-3+_with_OpenSSL_exception")]
    [InlineData(Format + "Files: *\nCopyright: nobody says\n", "")]
    [InlineData("This is free text.\nLicense: GPL\n", "")]
    [InlineData("Upstream: x\n\nLicense: GPL-2\n", "")]
    [InlineData("", "")]
    [InlineData(Format + "not a field\n", "")]
    public void The_short_names_of_the_machine_readable_format_are_found(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', DebianCopyright.Names(Encoding.UTF8.GetBytes(text)).Select(name => name.Replace(' ', '_'))));

    [Fact]
    public void A_package_without_a_copyright_file_says_nothing()
    {
        Assert.Same(PackageLicense.Unknown, DebianCopyright.Read("tool", Trees.Of("usr/bin/tool")));
        Assert.Same(PackageLicense.Unknown, DebianCopyright.Read("tool", Trees.Of("usr/share/doc/tool -> other")));
    }

    [Fact]
    public void The_file_of_a_package_is_read()
    {
        var files = new FileTreeBuilder().SetText("usr/share/doc/tool/copyright", Format + "Files: *\nLicense: MPL-2.0\n").Build();

        var license = DebianCopyright.Read("tool", files);

        Assert.Equal(["MPL-2.0"], license.Names);
        Assert.Equal("/usr/share/doc/tool/copyright", license.CopyrightFile);
    }

    [Theory]
    [InlineData("GPL-2+", "GPL-2.0-or-later")]
    [InlineData("GPL-2", "GPL-2.0-only")]
    [InlineData("Expat", "MIT")]
    [InlineData("expat", "MIT")]
    [InlineData("BSD-3-clause", "BSD-3-Clause")]
    [InlineData("MIT", "MIT")]
    [InlineData("LGPL-2.1-or-later", "LGPL-2.1-or-later")]
    [InlineData("public-domain", "LicenseRef-debian-public-domain")]
    [InlineData("GPL-3+ with OpenSSL exception", "LicenseRef-debian-GPL-3.2b..20.with.20.OpenSSL.20.exception")]
    public void A_name_becomes_an_identifier_of_spdx_or_a_reference(string name, string id) => Assert.Equal(id, SpdxLicense.Of(name).Id);
}
