"""Validate ID tokens: signed by the provider, issued for this client and this sign-in, and valid now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

# How far the provider's clock and ours may differ.
LEEWAY_SECONDS = 60
_SEGMENTS = 3

PublicKey = RSAKey | ECKey | OKPKey


class NotProved(Exception):
    """The token is not valid. The message is the reason, for the log."""


class KeyUnknown(NotProved):
    """The signature matches none of the keys: the provider may have rotated its keys."""


@dataclass(frozen=True)
class Expected:
    """The values that a valid ID token must match."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    algorithms: frozenset[str]


def judge_id_token(token: str, keys: Iterable[PublicKey], expected: Expected) -> dict[str, Any]:
    """Validate an ID token and return its claims.

    Raises:
        KeyUnknown: it is signed with a key that is not among these.
        NotProved: it is invalid for any other reason.
    """
    header = _header(token)
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in expected.algorithms:
        raise NotProved("signed in another way than the provider announces")
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise NotProved("a token of another type")
    candidates = [key for key in keys if key.get("alg", algorithm) == algorithm and (kid is None or key.kid == kid)]
    claims = _signed_claims(token, candidates, str(algorithm))
    try:
        _check(claims, header, expected)
    except (JoseError, TypeError, ValueError) as error:
        message = f"{type(error).__name__}: {error}"
        raise NotProved(message) from error
    return claims


def _header(token: str) -> dict[str, Any]:
    """Decode the token's header without verifying it, which is only good for choosing a key."""
    try:
        segments = token.encode("ascii").split(b".")
        if len(segments) != _SEGMENTS:
            raise ValueError
        return msgspec.json.decode(urlsafe_b64decode(segments[0]), type=dict[str, Any])
    except (ValueError, RecursionError) as error:
        raise NotProved("no JSON web token") from error


def _signed_claims(token: str, keys: list[PublicKey], algorithm: str) -> dict[str, Any]:
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    for key in keys:
        try:
            return jwt.decode(token, key, registry=registry).claims
        except BadSignatureError:
            continue
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            message = f"{type(error).__name__}: {error}"
            raise NotProved(message) from error
    raise KeyUnknown("signed with a key that the provider does not publish")


def _check(claims: dict[str, Any], header: dict[str, Any], expected: Expected) -> None:
    """Validate the claims by OpenID Connect Core 3.1.3.7.

    Authlib does this, except that it would accept an empty `azp` or `at_hash`; these are therefore made essential.
    """
    options: dict[str, Any] = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
        "sub": {"essential": True},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "nonce": {"essential": True},
    }
    for name in ("azp", "at_hash"):
        if name in claims:
            options[name] = {"essential": True}
            if not isinstance(claims[name], str):
                message = f"{name} is no text"
                raise TypeError(message)
    params = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token}
    CodeIDToken(claims, header, options, params).validate(leeway=LEEWAY_SECONDS)
