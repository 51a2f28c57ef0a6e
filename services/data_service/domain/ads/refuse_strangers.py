"""Whoever looks after something of a tenant is one of its members, or one of its teams."""

from uuid import UUID

from common.db import Connection
from common.problem import FieldError
from services.data_service.errors import NotOfThisTenant
from services.data_service.store.tenant_settings import has_member, has_team


async def refuse_strangers(connection: Connection, tenant_id: UUID, user_id: UUID | None, team_id: UUID | None) -> None:
    """Let pass who is of the tenant; None is nobody.

    Raises:
        NotOfThisTenant: naming the field; whether there is such a one elsewhere is not said.
    """
    errors: list[FieldError] = []
    if user_id is not None and not await has_member(connection, tenant_id, user_id):
        errors.append(FieldError("user_id", "no member of this tenant"))
    if team_id is not None and not await has_team(connection, tenant_id, team_id):
        errors.append(FieldError("team_id", "no team of this tenant"))
    if errors:
        raise NotOfThisTenant(errors=errors)
