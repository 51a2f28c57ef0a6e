"""The kinds of the jobs that send an account's mails, for the code that queues them and the code that runs them."""

MAIL_RESET_PASSWORD = "auth.mail-reset-password"  # noqa: S105 -- a name, no secret
MAIL_VERIFY_EMAIL = "auth.mail-verify-email"
MAIL_PASSWORD_CHANGED = "auth.mail-password-changed"  # noqa: S105 -- likewise
MAIL_EMAIL_CHANGED = "auth.mail-email-changed"
MAIL_INVITATION = "auth.mail-invitation"

# How many links one mailbox is sent. Beyond that, it is sent one for its own account only if none of its links works.
MOST_LINKS_AN_HOUR, MOST_LINKS_A_DAY = 5, 20
