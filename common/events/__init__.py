"""Events by transactional outbox: committed with the change, relayed to JetStream, consumed once in effect."""

from common.events.consumer import Consumer
from common.events.envelope import Event
from common.events.outbox import publish

__all__ = ["Consumer", "Event", "publish"]
