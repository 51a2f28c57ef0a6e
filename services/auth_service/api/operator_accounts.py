"""The operator's routes to disable an account in the whole system and to restore it."""

from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from common.auth.access_changes import AccessChange
from common.http.context import Context, ServiceContext
from services.auth_service.api.access_word import make_known
from services.auth_service.api.operator import Email, operator
from services.auth_service.domain.email_address import folded
from services.auth_service.domain.shut_out_account import shut_out_account
from services.auth_service.errors.operating import AccountNotFound
from services.auth_service.store import accounts, shut_out
from services.auth_service.store.account_audit import record_in_each_tenant

router = APIRouter(prefix="/auth/operator/accounts", tags=["operator"], dependencies=[Depends(operator)])


class AccountNamed(BaseModel):
    """The email address of an account."""

    model_config = ConfigDict(extra="forbid")

    email: Email


class AccountStanding(BaseModel):
    """The state of an account after the call, and how much was ended with it."""

    account_id: UUID
    email: str
    disabled: bool
    sessions_ended: int
    api_keys_ended: int = 0
    invitations_ended: int = 0


@router.post("/revoke", summary="Disable an account")
async def revoke_account(body: AccountNamed, context: Context) -> AccountStanding:
    """Disable the account, and end its sessions and the API keys and open invitations that it created in any tenant."""
    account_id, email = await _account(context, body)
    async with context.db.lookup("own_memberships", account_id=account_id) as conn:
        ended = await shut_out_account(conn, account_id, email)
    await make_known(context, AccessChange(accounts=[account_id], keys=ended.keys))
    return AccountStanding(
        account_id=account_id,
        email=email,
        disabled=True,
        sessions_ended=len(ended.sessions),
        api_keys_ended=len(ended.keys),
        invitations_ended=ended.invitations,
    )


@router.post("/restore", summary="Restore a disabled account")
async def restore_account(body: AccountNamed, context: Context) -> AccountStanding:
    """Let the account sign in again. Its ended sessions, API keys and invitations are not restored."""
    account_id, email = await _account(context, body)
    async with context.db.lookup("own_memberships", account_id=account_id) as conn:
        await shut_out.enable(conn, account_id)
        await record_in_each_tenant(conn, account_id, "operator", "account.restored", target=email)
    context.wake_relay()
    return AccountStanding(account_id=account_id, email=email, disabled=False, sessions_ended=0)


async def _account(context: ServiceContext, body: AccountNamed) -> tuple[UUID, str]:
    email = folded(body.email)
    async with context.db.connection() as conn:
        credential = await accounts.credential_of(conn, email)
    if credential is None:
        raise AccountNotFound
    return credential.account_id, email
