"""Read and change your own profile."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from common.auth.tokens import Identity
from common.http.context import Context, ServiceContext
from common.http.require import signed_in
from services.auth_service.api.email_address import mail_link_to_own
from services.auth_service.api.shapes import Profile, tenants_in_profile
from services.auth_service.domain.member_settings import Email
from services.auth_service.domain.new_password import TypedPassword
from services.auth_service.domain.tenant_settings import Name
from services.auth_service.errors.sign_in import AccountGone
from services.auth_service.store import accounts, tenants
from services.auth_service.store.account_audit import record_in_each_tenant

router = APIRouter(tags=["profile"])

SignedIn = Annotated[Identity, Depends(signed_in)]


class ProfileChange(BaseModel):
    """Changes to your own profile; omitted fields stay as they are. `email` requires `current_password`."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    email: Email = ""
    current_password: TypedPassword = SecretStr("")

    @model_validator(mode="after")
    def _email_with_password(self) -> Self:
        given = self.model_fields_set
        if not given or ("email" in given) != ("current_password" in given):
            raise PydanticCustomError("incomplete", "give a name, or an email with the current_password")
        return self


@router.get("/auth/me", summary="Get your own profile")
async def me(caller: SignedIn, context: Context) -> Profile:
    """Get the account that the token belongs to, and its tenants with role, permissions and scopes."""
    return await profile_of(context, caller.account_id)


@router.patch("/auth/me", summary="Change your own profile")
async def change_me(body: ProfileChange, caller: SignedIn, context: Context) -> Profile:
    """Change the fields that are given, and get the profile as it is now.

    `email` does not change at once: a confirmation link is mailed to the new address, and the account moves when it is
    confirmed (`POST /auth/email/verify`). Send the current address to verify it.
    """
    if body.email:
        await mail_link_to_own(context, caller, body.email, body.current_password.get_secret_value())
    if body.name:
        async with context.db.lookup("own_memberships", account_id=caller.account_id) as conn:
            if await accounts.rename(conn, caller.account_id, body.name):
                await record_in_each_tenant(
                    conn, caller.account_id, caller, "profile.changed", target=caller.email, detail={"name": body.name}
                )
        context.wake_relay()
    return await profile_of(context, caller.account_id)


async def profile_of(context: ServiceContext, account_id: UUID) -> Profile:
    """Return an account's profile. Raises AccountGone."""
    async with context.db.lookup("own_memberships", account_id=account_id) as conn:
        account = await accounts.account(conn, account_id)
        rows = await tenants.tenants_of(conn, account_id)
    if account is None:
        raise AccountGone
    return Profile(**account, tenants=tenants_in_profile(rows))
