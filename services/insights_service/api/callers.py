"""Who may call what: who reads insights, and who has a say in them. Both are held to no branches."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from common.auth.principal import Principal, require
from services.insights_service.errors import OtherOrganization, WholeCompanyOnly


def _whole_company(caller: Principal) -> Principal:
    if caller.readable_branches is not None:
        message = "insights are of the whole company, and your account is held to its own branches"
        raise WholeCompanyOnly(message)
    return caller


def _reader(caller: Annotated[Principal, Depends(require("analytics:read"))]) -> Principal:
    return _whole_company(caller)


def _manager(caller: Annotated[Principal, Depends(require("campaigns:write"))]) -> Principal:
    return _whole_company(caller)


Reader = Annotated[Principal, Depends(_reader)]
Manager = Annotated[Principal, Depends(_manager)]


def _own_company_reader(org_id: UUID, caller: Reader) -> Principal:
    """Of a path that names a company (`{org_id}`).

    Raises:
        OtherOrganization: it is not the caller's.
    """
    if org_id != caller.tenant_id:
        raise OtherOrganization
    return caller


OwnCompanyReader = Annotated[Principal, Depends(_own_company_reader)]
