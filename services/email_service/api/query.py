"""Query parameters that several routes share."""

from typing import Annotated

from fastapi import Query

# Postgres cannot store a NUL character in a text, so no branch code contains one.
Branch = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$", description="a branch's code")]
AnyBranch = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="one branch only")]
