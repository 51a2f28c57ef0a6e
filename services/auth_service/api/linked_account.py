"""Find, link or create the account of a person whom an OpenID provider has identified, and audit the change."""

import time
from uuid import UUID

from common.auth.access_changes import AccessChange
from common.auth.tokens import Identity
from common.http.context import ServiceContext
from services.auth_service.api.access_word import make_known
from services.auth_service.domain.openid_account import Found, IdentityTakenMeanwhile, Person, account_of
from services.auth_service.store import identities
from services.auth_service.store.account_audit import record_in_each_tenant


async def account_of_person(context: ServiceContext, provider: str, person: Person) -> UUID:
    """Return the id of the person's account.

    Finding or creating it is one transaction: two concurrent callbacks create one account and one identity.

    Raises:
        EmailNotVouchedFor, SignUpByInvitation: the person cannot get an account.
    """
    while True:
        try:
            found = await _find_or_create(context, provider, person)
        except IdentityTakenMeanwhile:
            # The concurrent request has committed: the next attempt finds the identity that it added.
            continue
        if found.shut_out_others:
            await make_known(context, AccessChange(accounts=[found.account_id]))
        return found.account_id


async def _find_or_create(context: ServiceContext, provider: str, person: Person) -> Found:
    async with context.db.lookup("own_memberships") as conn:
        found = await account_of(conn, person, sign_up=context.settings.oauth_sign_up)
        if found.how != "known":
            await identities.open_own_memberships(conn, found.account_id)
            actor = Identity(found.account_id, person.email, UUID(int=0), time.time())
            await record_in_each_tenant(
                conn,
                found.account_id,
                actor,
                "account.created" if found.how == "created" else "identity.linked",
                target=person.email,
                detail={"provider": provider, "subject": person.subject, "password_removed": found.shut_out_others},
            )
    return found
