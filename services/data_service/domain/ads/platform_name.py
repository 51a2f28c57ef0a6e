"""The one name of a platform that goes by several."""

_ALSO_CALLED = {"facebook": "meta"}


def canonical_platform(name: str) -> str:
    """The one name of a platform."""
    return _ALSO_CALLED.get(name, name)
