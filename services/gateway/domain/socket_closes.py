"""Close codes that may be sent on: some received codes only stand for a missing frame (RFC 6455, 7.4.1)."""

from typing import Final, NamedTuple

_NO_CODE: Final = 1005
_NOT_SENDABLE: Final = (1004, 1006, 1015)
_NORMAL: Final = 1000
_GOING_AWAY: Final = 1001
_FAULT: Final = 1011
_MAX_REASON_BYTES: Final = 123


class CloseFrame(NamedTuple):
    """The code and reason with which a socket ends. `is_ours`: the gateway ends it, and closes both sides."""

    code: int
    reason: str
    is_ours: bool = True


def ended_by_caller(code: int | None, reason: str | None) -> CloseFrame:
    """Return the close frame for the service after the caller has left."""
    return CloseFrame(_sendable(code, _GOING_AWAY), _short(reason), is_ours=False)


def ended_by_service(code: int | None, reason: str | None) -> CloseFrame:
    """Return the close frame for the caller after the service has ended the socket."""
    return CloseFrame(_sendable(code, _FAULT), _short(reason))


def _sendable(code: int | None, fallback: int) -> int:
    if code is None or code in _NOT_SENDABLE:
        return fallback
    return _NORMAL if code == _NO_CODE else code


def _short(reason: str | None) -> str:
    return (reason or "").encode()[:_MAX_REASON_BYTES].decode("utf-8", "ignore")
