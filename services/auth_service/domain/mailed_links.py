"""Build the URLs of links in mails: to the frontend if one is configured, otherwise to this service's own pages."""

from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from common.settings import Settings

# 32 random bytes, in base64url.
TOKEN_LENGTH = 43


class Purpose(NamedTuple):
    """What a link is for: its name in `auth.mailed_link`, how long it works, and where it leads."""

    name: str
    lifetime: timedelta
    frontend_path: str
    own_path: str


RESET_PASSWORD = Purpose("reset-password", timedelta(hours=1), "/reset-password", "/auth/password/reset")
VERIFY_EMAIL = Purpose("verify-email", timedelta(hours=24), "/verify-email", "/auth/email/verify")
INVITATION = Purpose("invitation", timedelta(days=7), "/accept-invitation", "/auth/invitations/accept")


def link_of(settings: Settings, purpose: Purpose, token: str) -> str:
    """Return the URL of a link with this token."""
    base, path = settings.base_url, purpose.own_path
    if settings.frontend_url:
        base, path = settings.frontend_url, purpose.frontend_path
    return f"{base.rstrip('/')}{path}?{urlencode({'token': token})}"
