"""What the stand-in can be told to do wrong."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import grpc


class Fault(NamedTuple):
    """How a call ends. The codes: "Error codes", cloud.google.com/apis/design/errors#handling_errors."""

    code: grpc.StatusCode
    message: str


UNAVAILABLE = Fault(grpc.StatusCode.UNAVAILABLE, "The service is currently unavailable.")
DEADLINE_EXCEEDED = Fault(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline exceeded.")
INTERNAL = Fault(grpc.StatusCode.INTERNAL, "Internal error encountered.")
UNAUTHENTICATED = Fault(
    grpc.StatusCode.UNAUTHENTICATED,
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid"
    " authentication credential.",
)
PERMISSION_DENIED = Fault(
    grpc.StatusCode.PERMISSION_DENIED,
    "User does not have sufficient permissions for this property. To learn more about Property ID, see"
    " https://developers.google.com/analytics/devguides/reporting/data/v1/property-id.",
)
# "Core Concurrent Requests Per Property: 10": …/devguides/reporting/data/v1/quotas
TOO_MANY_AT_ONCE = Fault(
    grpc.StatusCode.RESOURCE_EXHAUSTED, "Exhausted concurrent requests quota. Please send fewer requests concurrently."
)


@dataclass
class Faults:
    """What is to come. `calls` counts what was asked so far, by method."""

    slow_by: float = 0.0
    most_rows: int | None = None  # no answer has more, whatever its `limit`
    in_between: deque[Callable[[], None]] = field(default_factory=deque[Callable[[], None]])  # one after each answer
    calls: dict[str, int] = field(default_factory=dict[str, int])
    _planned: deque[Fault | None] = field(default_factory=deque[Fault | None])
    _for_good: Fault | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, fault: Fault, *, times: int = 1, after: int = 0) -> None:
        """Fail `times` calls once `after` more have been answered."""
        with self._lock:
            self._planned.extend([None] * after + [fault] * times)

    def fail_always(self, fault: Fault | None) -> None:
        """Fail every call from now on; None: answer again."""
        with self._lock:
            self._for_good = fault
            self._planned.clear()

    def answered(self) -> None:
        """Let happen what was to happen after an answer."""
        if self.in_between:
            self.in_between.popleft()()

    def next(self, method: str) -> Fault | None:
        """How the call that just came in ends."""
        with self._lock:
            self.calls[method] = self.calls.get(method, 0) + 1
            planned = self._planned.popleft() if self._planned else None
            return self._for_good or planned
