"""Who may call what: `Reader` reads insights, `Manager` changes them. Both must see the whole company, not branches."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from common.auth.principal import Principal
from common.auth.whole_company import of_own_company, of_whole_company
from common.http.require import require


def _whole_company(caller: Principal) -> Principal:
    return of_whole_company(caller, "insights are")


def _reader(caller: Annotated[Principal, Depends(require("analytics:read"))]) -> Principal:
    return _whole_company(caller)


def _manager(caller: Annotated[Principal, Depends(require("campaigns:write"))]) -> Principal:
    return _whole_company(caller)


Reader = Annotated[Principal, Depends(_reader)]
Manager = Annotated[Principal, Depends(_manager)]


def _own_company_reader(org_id: UUID, caller: Reader) -> Principal:
    return of_own_company(caller, org_id)


OwnCompanyReader = Annotated[Principal, Depends(_own_company_reader)]
