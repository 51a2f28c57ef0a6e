"""Dependencies for routes about people and teams: who may read the lists, and who may change them."""

from typing import Annotated

from fastapi import Depends

from common.auth.principal import Principal
from common.http.require import require


async def _reader(caller: Annotated[Principal, Depends(require())]) -> Principal:
    # An API key that was created to read analytics must not give access to personal data.
    caller.require("people:admin" if caller.kind == "api-key" else "analytics:read")
    return caller


# Analysts and above, since their campaigns and teams contain ids of people. A rep sees only their own profile.
Reader = Annotated[Principal, Depends(_reader)]
PeopleAdmin = Annotated[Principal, Depends(require("people:admin"))]
