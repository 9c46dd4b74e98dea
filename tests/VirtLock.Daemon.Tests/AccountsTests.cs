namespace VirtLock.Daemon.Tests;

internal sealed class AccountsTests
{
    private const uint Nobody = 0xfffffff0;

    [Test]
    public void Names_and_homes_are_those_of_the_user_database()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Accounts.UserNameOf(0), Is.EqualTo("root"));
            Assert.That(Accounts.HomeOf(0), Is.EqualTo("/root"));
            Assert.That(Accounts.GroupNameOf(0), Is.EqualTo("root"));
        }
    }

    [Test]
    public void An_account_that_is_not_there_has_no_name()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Accounts.UserNameOf(Nobody), Is.Null);
            Assert.That(Accounts.HomeOf(Nobody), Is.Null);
            Assert.That(Accounts.GroupNameOf(Nobody), Is.Null);
        }
    }

    [TestCase(typeof(DllNotFoundException))]
    [TestCase(typeof(EntryPointNotFoundException))]
    [TestCase(typeof(BadImageFormatException))]
    public void A_native_library_that_is_missing_costs_the_name(Type missing) =>
        Assert.That(Accounts.OrNone(() => throw (Exception)Activator.CreateInstance(missing)!), Is.Null);

    [Test]
    public void A_type_that_its_native_library_fails_costs_the_name() =>
        Assert.That(Accounts.OrNone(static () => throw new TypeInitializationException("Syscall", new DllNotFoundException())), Is.Null);
}
