"""Word of access that was taken away or changed, to this service itself and to all others."""

from common.auth.access_changes import AccessChange, announce
from common.http.context import ServiceContext


async def make_known(context: ServiceContext, change: AccessChange) -> None:
    """Call after the commit. This service forgets at once, whether the bus carries the word or not."""
    context.auth.forget(change)
    await announce(context.bus.client, change)
    context.wake_relay()
