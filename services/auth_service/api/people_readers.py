"""Who may read the lists of people and teams, and who may change them."""

from typing import Annotated

from fastapi import Depends

from common.auth.principal import Principal
from common.http.require import require


async def _reader(caller: Annotated[Principal, Depends(require())]) -> Principal:
    # A key that was made to read figures is not one to read people with.
    caller.require("people:admin" if caller.kind == "api-key" else "analytics:read")
    return caller


# Analysts and up, who see campaigns and teams with ids of people; a rep sees no more of them than the own profile.
Reader = Annotated[Principal, Depends(_reader)]
PeopleAdmin = Annotated[Principal, Depends(require("people:admin"))]
