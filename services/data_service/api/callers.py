"""Dependencies that give the caller after a check of the scope: `data:read` or `data:write`."""

from typing import Annotated

from fastapi import Depends

from common.auth.principal import Principal
from common.http.require import require

Reader = Annotated[Principal, Depends(require("data:read"))]
Writer = Annotated[Principal, Depends(require("data:write"))]
