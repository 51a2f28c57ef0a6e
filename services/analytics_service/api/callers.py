"""The scopes that routes require of their caller, as dependencies."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from common.auth.principal import Principal
from common.auth.whole_company import of_own_company, of_whole_company
from common.http.require import require

Reader = Annotated[Principal, Depends(require("analytics:read"))]
TaskWorker = Annotated[Principal, Depends(require("tasks:work"))]


def whole_company(caller: Principal) -> Principal:
    """Return the caller if they are not limited to branches.

    Raises:
        WholeCompanyOnly: the caller is limited to branches.
    """
    return of_whole_company(caller, "leads and ads are figures")


def _whole_company_reader(caller: Reader) -> Principal:
    return whole_company(caller)


WholeCompanyReader = Annotated[Principal, Depends(_whole_company_reader)]


def _own_company_reader(org_id: UUID, caller: WholeCompanyReader) -> Principal:
    return of_own_company(caller, org_id)


OwnCompanyReader = Annotated[Principal, Depends(_own_company_reader)]
