"""Prepare the service before its first request: the signing key, the verifying keys and the operator's key."""

from datetime import timedelta
from typing import Any, cast

from loguru import logger

from common.auth.authenticator import Authenticator
from common.auth.signing_keys import SigningKeys
from common.db import Database
from common.http.context import ServiceContext
from services.auth_service.domain.access_token import Signer
from services.auth_service.domain.signing_keys import new_key, opened
from services.auth_service.sign_in_guard import guard_of
from services.auth_service.sources.openid_providers import OpenIdProviders
from services.auth_service.store import signing_keys

OPERATOR_KEY_FILE = "operator_key"
_SIGNER = "signer"
_PROVIDERS = "openid providers"


async def prepare(context: ServiceContext) -> None:
    """Create the signer; a first start also creates the first key."""
    settings = context.settings
    settings.secret_file(OPERATOR_KEY_FILE)
    if settings.jwt_algorithm == "EdDSA":
        await _ensure_key(context)
        # This service issues the keys, so it does not fetch them by HTTP.
        context.auth = Authenticator(settings, context.db, context.http, keys=_own_keys(context.db))
    context.extras[_SIGNER] = Signer(settings)
    context.extras[_PROVIDERS] = OpenIdProviders(settings)


async def close(context: ServiceContext) -> None:
    """Close what `prepare` and the sign-in guard opened."""
    await guard_of(context).storage.aclose()
    await providers_of(context).aclose()


def signer_of(context: ServiceContext) -> Signer:
    """Return the signer created by `prepare`."""
    return cast("Signer", context.extras[_SIGNER])


def providers_of(context: ServiceContext) -> OpenIdProviders:
    """Return the OpenID providers created by `prepare`."""
    return cast("OpenIdProviders", context.extras[_PROVIDERS])


def _own_keys(db: Database) -> SigningKeys:
    async def fetch() -> list[dict[str, Any]]:
        async with db.connection() as conn:
            return await signing_keys.public_keys(conn)

    return SigningKeys(fetch)


async def _ensure_key(context: ServiceContext) -> None:
    async with context.db.connection() as conn, conn.transaction():
        await signing_keys.lock_keys(conn)
        if not await signing_keys.has_signing_key(conn):
            key = new_key(context.settings)
            await signing_keys.insert_key(conn, *key, signs_in=timedelta())
            logger.info("made the signing key {}", key.kid)
        # Fails now, not at the first sign-in, if it was sealed with another home's key.
        opened(context.settings, *await signing_keys.signing_key(conn))
