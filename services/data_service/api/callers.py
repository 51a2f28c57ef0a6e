"""Who may call what: readers of data, and those who bring it."""

from typing import Annotated

from fastapi import Depends

from common.auth.principal import Principal
from common.http.require import require

Reader = Annotated[Principal, Depends(require("data:read"))]
Writer = Annotated[Principal, Depends(require("data:write"))]
