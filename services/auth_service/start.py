"""Made once before the first request: the key that signs, the keys that verify, the operator's key."""

from typing import Any, cast

from joserfc.jwk import OctKey, OKPKey
from loguru import logger

from common.auth.principal import Authenticator
from common.auth.signing_keys import SigningKeys
from common.db import Database
from common.http.context import ServiceContext
from common.sealing import seal, unseal
from common.settings import Settings
from services.auth_service.domain.access_token import Signer
from services.auth_service.store import signing_keys

OPERATOR_KEY_FILE = "operator_key"
_SIGNER = "signer"
_SECONDS_PER_HOUR = 3600


async def prepare(context: ServiceContext) -> None:
    """Put the signer in place; a first start makes the first key."""
    settings = context.settings
    settings.secret_file(OPERATOR_KEY_FILE)
    lifetime = int(settings.jwt_expiration_hours * _SECONDS_PER_HOUR)
    if settings.jwt_algorithm == "HS256":
        key: OctKey | OKPKey = OctKey.import_key(settings.jwt_secret_key.get_secret_value())
    else:
        key = await _signing_key(settings, context.db)
        # This service is where the keys come from: it does not ask itself by HTTP.
        context.auth = Authenticator(settings, context.db, context.http, keys=_own_keys(context.db))
    context.extras[_SIGNER] = Signer(key, settings.jwt_algorithm, lifetime)


def signer_of(context: ServiceContext) -> Signer:
    """The signer that `prepare` made."""
    return cast("Signer", context.extras[_SIGNER])


def _own_keys(db: Database) -> SigningKeys:
    async def fetch() -> list[dict[str, Any]]:
        async with db.pool.acquire() as conn:
            return await signing_keys.public_keys(conn)

    return SigningKeys(fetch)


async def _signing_key(settings: Settings, db: Database) -> OKPKey:
    async with db.pool.acquire() as conn, conn.transaction():
        await signing_keys.lock_keys(conn)
        stored = await signing_keys.newest_key(conn)
        if stored is not None:
            pem = unseal(settings, stored.sealed_private_key, _place(stored.kid))
            return OKPKey.import_key(pem)
        key = OKPKey.generate_key("Ed25519")
        kid = key.thumbprint()
        public: dict[str, Any] = {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": "EdDSA"}
        sealed = seal(settings, key.as_pem(private=True).decode(), _place(kid))
        await signing_keys.insert_key(conn, kid, public, sealed)
        logger.info("made the signing key {}", kid)
        return key


def _place(kid: str) -> str:
    return f"auth.signing_key/{kid}"
