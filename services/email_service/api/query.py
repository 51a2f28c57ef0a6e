"""Query parameters that several routes have."""

from typing import Annotated

from fastapi import Query

# Postgres holds no NUL in a text, and no branch is called by one.
Branch = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$", description="a branch's code")]
AnyBranch = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="one branch only")]
