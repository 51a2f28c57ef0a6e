"""Turn an authorization code into the verified identity of a person."""

from typing import Any

from loguru import logger

from services.auth_service.domain.openid_account import Person, person_of
from services.auth_service.domain.openid_id_token import Expected, KeyUnknown, NotProved, judge_id_token
from services.auth_service.domain.openid_secrets import SignInSecrets
from services.auth_service.errors.sign_in import IdTokenRefused
from services.auth_service.sources.openid_provider import OpenIdProvider, Tokens

_MAX_SUBJECT = 255


async def proven_person(provider: OpenIdProvider, code: str, secrets: SignInSecrets, redirect_uri: str) -> Person:
    """Exchange the code for tokens, validate the ID token, and return the person.

    Raises:
        CodeRefused, IdTokenRefused: the provider refused the code, or its ID token is not valid.
        ProviderAway, ProviderUnusable: the provider cannot be asked.
    """
    tokens = await provider.exchange(code, code_verifier=secrets.code_verifier, redirect_uri=redirect_uri)
    try:
        claims = await _validated_claims(provider, tokens, secrets.nonce)
        subject = claims["sub"]
        if not subject.isascii() or not subject.isprintable() or not 0 < len(subject) <= _MAX_SUBJECT:
            raise NotProved("a subject that is not up to 255 ASCII characters")
        if claims.get("email") is None:
            claims = {**claims, **await _from_userinfo(provider, tokens, subject)}
    except NotProved as error:
        logger.warning("sign-in: ID token of {} refused: {}", provider.registration.name, error)
        raise IdTokenRefused from error
    return person_of(provider.registration.issuer, claims)


async def _validated_claims(provider: OpenIdProvider, tokens: Tokens, nonce: str) -> dict[str, Any]:
    registration, metadata = provider.registration, await provider.metadata()
    expected = Expected(
        issuer=registration.issuer,
        client_id=registration.client_id,
        nonce=nonce,
        access_token=tokens.access_token,
        algorithms=metadata.algorithms,
    )
    try:
        return judge_id_token(tokens.id_token, await provider.keys(), expected)
    except KeyUnknown:
        return judge_id_token(tokens.id_token, await provider.keys(renewed=True), expected)


async def _from_userinfo(provider: OpenIdProvider, tokens: Tokens, subject: str) -> dict[str, Any]:
    """Read email address and name from the userinfo endpoint, which must be about the same person as the ID token."""
    userinfo = await provider.userinfo(tokens.access_token)
    if userinfo and userinfo.get("sub") != subject:
        raise NotProved("userinfo speaks of another subject")
    return {name: userinfo.get(name) for name in ("email", "email_verified", "name")}
