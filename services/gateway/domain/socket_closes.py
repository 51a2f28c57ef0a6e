"""Close codes as they may be sent: some that are received stand for what never came as a frame (RFC 6455, 7.4.1)."""

from typing import Final, NamedTuple

_NO_CODE: Final = 1005
_BROKEN: Final = (1004, 1006, 1015)
_NORMAL: Final = 1000
_GOING_AWAY: Final = 1001
_FAULT: Final = 1011
_LONGEST_REASON_BYTES: Final = 123


class CloseFrame(NamedTuple):
    """How a socket ends. `is_ours`: the gateway ends it, and both sides are told."""

    code: int
    reason: str
    is_ours: bool = True


def ended_by_caller(code: int | None, reason: str | None) -> CloseFrame:
    """What the service is told of how the caller left."""
    return CloseFrame(_sendable(code, _GOING_AWAY), _short(reason), is_ours=False)


def ended_by_service(code: int | None, reason: str | None) -> CloseFrame:
    """What the caller is told of how the service ended it."""
    return CloseFrame(_sendable(code, _FAULT), _short(reason))


def _sendable(code: int | None, instead: int) -> int:
    if code is None or code in _BROKEN:
        return instead
    return _NORMAL if code == _NO_CODE else code


def _short(reason: str | None) -> str:
    return (reason or "").encode()[:_LONGEST_REASON_BYTES].decode("utf-8", "ignore")
