"""Who may call what: readers of figures, and those who work tasks."""

from typing import Annotated

from fastapi import Depends

from common.auth.principal import Principal, require

Reader = Annotated[Principal, Depends(require("analytics:read"))]
TaskWorker = Annotated[Principal, Depends(require("tasks:work"))]
