"""Who may call what: readers of figures, and those who work tasks."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from common.auth.principal import Principal, require
from services.analytics_service.errors import OtherOrganization, WholeCompanyOnly

Reader = Annotated[Principal, Depends(require("analytics:read"))]
TaskWorker = Annotated[Principal, Depends(require("tasks:work"))]


def whole_company(caller: Principal) -> Principal:
    """The caller, who is held to no branches.

    Raises:
        WholeCompanyOnly: the caller is.
    """
    if caller.readable_branches is not None:
        message = "leads and ads are figures of the whole company, and your account is held to its own branches"
        raise WholeCompanyOnly(message)
    return caller


def _whole_company_reader(caller: Reader) -> Principal:
    return whole_company(caller)


WholeCompanyReader = Annotated[Principal, Depends(_whole_company_reader)]


def _own_company_reader(org_id: UUID, caller: WholeCompanyReader) -> Principal:
    """Of a path that names a company (`{org_id}`).

    Raises:
        OtherOrganization: it is not the caller's.
    """
    if org_id != caller.tenant_id:
        raise OtherOrganization
    return caller


OwnCompanyReader = Annotated[Principal, Depends(_own_company_reader)]
