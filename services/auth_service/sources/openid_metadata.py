"""Validate the fields of a provider's discovery document that are used."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from common.places import parts_of
from common.sign_in_providers import SignInProvider

DISCOVERY_PATH = "/.well-known/openid-configuration"
# Asymmetric algorithms only: `none` proves nothing, and HS… uses a secret that this system knows too.
ASYMMETRIC = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"},
)
_AUTH_METHODS = ("client_secret_basic", "client_secret_post")


class DiscoveryUnusable(ValueError):
    """A field of the document is missing or must not be used."""

    def __init__(self, field: str, fault: str) -> None:
        super().__init__(f"{field} of the discovery document {fault}")


@dataclass(frozen=True)
class Metadata:
    """The provider's endpoints, signing algorithms and client authentication methods."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    algorithms: frozenset[str]
    token_auth_methods: tuple[str, ...]
    names_itself: bool  # RFC 9207: its authorization responses carry `iss`.


def metadata_of(document: dict[str, Any], provider: SignInProvider, is_local: Callable[[str], bool]) -> Metadata:
    """Validate a document. `is_local` says which http:// URLs are allowed in development.

    Raises:
        DiscoveryUnusable: it is another issuer's, or offers nothing usable.
    """
    if document.get("issuer") != provider.issuer:
        raise DiscoveryUnusable("issuer", "is not the one configured")
    if "S256" not in _texts(document, "code_challenge_methods_supported", ["S256"]):
        raise DiscoveryUnusable("code_challenge_methods_supported", "is without S256")

    def endpoint(field: str) -> str:
        url = document.get(field)
        place = parts_of(url) if isinstance(url, str) else None
        if not isinstance(url, str) or place is None or not (place.scheme == "https" or may_be_plain(url)):
            raise DiscoveryUnusable(field, "is no https:// URL")
        return url

    def may_be_plain(url: str) -> bool:
        return provider.issuer.startswith("http://") and is_local(url)

    return Metadata(
        authorization_endpoint=endpoint("authorization_endpoint"),
        token_endpoint=endpoint("token_endpoint"),
        jwks_uri=endpoint("jwks_uri"),
        userinfo_endpoint=endpoint("userinfo_endpoint") if document.get("userinfo_endpoint") else None,
        algorithms=_algorithms(document),
        token_auth_methods=_token_auth_methods(document),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _algorithms(document: dict[str, Any]) -> frozenset[str]:
    algorithms = _texts(document, "id_token_signing_alg_values_supported", ["RS256"]) & ASYMMETRIC
    if not algorithms:
        raise DiscoveryUnusable("id_token_signing_alg_values_supported", "has no public-key algorithm")
    return algorithms


def _token_auth_methods(document: dict[str, Any]) -> tuple[str, ...]:
    offered = _texts(document, "token_endpoint_auth_methods_supported", ["client_secret_basic"])
    methods = tuple(method for method in _AUTH_METHODS if method in offered)
    if not methods:
        raise DiscoveryUnusable("token_endpoint_auth_methods_supported", "has no way to send a client secret")
    return methods


def _texts(document: dict[str, Any], field: str, default: list[str]) -> frozenset[str]:
    listed = document.get(field, default)
    return frozenset(entry for entry in listed if isinstance(entry, str)) if isinstance(listed, list) else frozenset()
