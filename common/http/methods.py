"""The HTTP methods that calls here have, and what they promise (RFC 9110, 9.2)."""

from typing import Final

# The request asks for no change.
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Executed twice, the request has the effect of once.
IDEMPOTENT_METHODS: Final = SAFE_METHODS | {"PUT", "DELETE"}
METHODS: Final = IDEMPOTENT_METHODS | {"POST", "PATCH"}
