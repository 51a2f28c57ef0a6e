"""Calls that concern a company as a whole: of callers who are held to no branches, and of their own company alone."""

from uuid import UUID

from common.auth.principal import Principal
from common.problem import Forbidden


class WholeCompanyOnly(Forbidden):
    """The figures are of the whole company, and the caller is held to branches."""

    type = "whole-company-only"
    title = "Not a figure of your branches"


class OtherOrganization(Forbidden):
    """The path names another company than the caller's."""

    type = "other-organization"
    title = "Not your organization"


def of_whole_company(caller: Principal, figures: str) -> Principal:
    """The caller, who is held to no branches; `figures` says what is of the whole company ("ads are figures").

    Raises:
        WholeCompanyOnly: the caller is held to some.
    """
    if caller.readable_branches is not None:
        message = f"{figures} of the whole company, and your account is held to its own branches"
        raise WholeCompanyOnly(message)
    return caller


def of_own_company(caller: Principal, org_id: UUID) -> Principal:
    """The caller, whose company a path names (`{org_id}`).

    Raises:
        OtherOrganization: it is not the caller's.
    """
    if org_id != caller.tenant_id:
        raise OtherOrganization
    return caller
