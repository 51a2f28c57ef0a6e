"""Announce that somebody's access was revoked or changed, to this service itself and to all others."""

from common.auth.access_changes import AccessChange, announce
from common.http.context import ServiceContext


async def make_known(context: ServiceContext, change: AccessChange) -> None:
    """Drop this service's cached access at once and announce the change on the bus.

    Call it after the commit. This service's own cache is dropped even if the bus does not deliver the announcement.
    """
    context.auth.forget(change)
    await announce(context.bus.client, change)
    context.wake_relay()
