using Compose.Packages.Inputs;

namespace Compose.Packages.Tests;

public class CredentialsTests
{
    [Theory]
    [InlineData("https://user:p@ss:word@host/a", "https://host/a")]
    [InlineData("https://token@host:8443/a?b=c", "https://host:8443/a?b=c")]
    [InlineData("https://host/a@b?c=d@e", "https://host/a@b?c=d@e")]
    [InlineData("https://host/a?token=s3cret", "https://host/a?token=***")]
    [InlineData("https://host/a?raw=1&Private_Token=s3cret&x=y#part", "https://host/a?raw=1&Private_Token=***&x=y#part")]
    [InlineData("https://host/a?X-Amz-Credential=k%2F1&X-Amz-Signature=s&X-Amz-Date=1", "https://host/a?X-Amz-Credential=***&X-Amz-Signature=***&X-Amz-Date=1")]
    [InlineData("https://host/a?sv=1&sig=s%3D", "https://host/a?sv=1&sig=***")]
    [InlineData("https://host/a?signed=1&tokens=2&design=3", "https://host/a?signed=1&tokens=2&design=3")]
    [InlineData("https://host/a-{version}?access-token=s", "https://host/a-{version}?access-token=***")]
    [InlineData("in/a?token=1@b.tgz", "in/a?token=1@b.tgz")]
    public void What_identifies_a_user_is_taken_out_of_an_address(string address, string expected) => Assert.Equal(expected, Credentials.Remove(address));

    [Theory]
    [InlineData("The request to proxy 'http://user:s3cret@proxy:3128/' failed.", "The request to proxy 'http://proxy:3128/' failed.")]
    [InlineData("See https://a:b@host/x?token=t and http://c@d/ too", "See https://host/x?token=*** and http://d/ too")]
    [InlineData("Write to someone@host, see https://host/@x", "Write to someone@host, see https://host/@x")]
    public void What_identifies_a_user_is_taken_out_of_a_text(string text, string expected) => Assert.Equal(expected, Credentials.RemoveFrom(text));
}
