"""What a platform may be called (definitions.md): `facebook` is accepted everywhere and means `meta`."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_ALSO_CALLED = {"facebook": "meta"}


def canonical_platform(name: str) -> str:
    """The one name of a platform."""
    return _ALSO_CALLED.get(name, name)


Platform = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=r"^[a-z0-9_.-]+$"),
    AfterValidator(canonical_platform),
]
