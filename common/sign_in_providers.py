"""Read the OpenID providers for signing in from the OAUTH_… settings, and check them."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal, Protocol, cast

from pydantic import SecretStr

from common.places import parts_of

_GOOGLE = "https://accounts.google.com"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_KEYS = ("name", "issuer", "client_id", "client_secret", "redirect_uri")

# Returns the name of the setting from which a field of a provider was read.
_SettingName = Callable[[str], str]


class SignInSettings(Protocol):
    """The part of common/settings.py from which providers are read and which limits their addresses."""

    environment: Literal["development", "test", "production"]
    allow_private_hosts: str
    oauth_client_id: str
    oauth_client_secret: SecretStr
    oauth_redirect_uri: str
    oauth_issuer: str
    oauth_providers: SecretStr


class ProviderMisconfigured(ValueError):
    """An OAUTH_… setting is invalid. The message begins with its name and does not repeat secrets."""

    def __init__(self, setting: str, fault: str) -> None:
        super().__init__(f"{setting}: {fault}")


@dataclass(frozen=True)
class SignInProvider:
    """A provider and this system's registration there. The first of `redirect_uris` is the default."""

    name: str
    issuer: str
    client_id: str
    client_secret: SecretStr
    redirect_uris: tuple[str, ...]


def sign_in_providers(settings: SignInSettings) -> dict[str, SignInProvider]:
    """Return the providers by name, the default one first.

    Raises:
        ProviderMisconfigured: a field is missing or invalid, or two providers have the same name or issuer.
    """
    found = [*_default(settings), *_listed(settings)]
    providers: dict[str, SignInProvider] = {}
    for setting_name, provider in found:
        if provider.name in providers:
            raise ProviderMisconfigured(setting_name("name"), f"another provider is called {provider.name!r} already")
        if provider.issuer in {other.issuer for other in providers.values()}:
            raise ProviderMisconfigured(setting_name("issuer"), "another provider has this issuer already")
        _check(provider, setting_name, settings)
        providers[provider.name] = provider
    return providers


def is_local_http(url: str, settings: SignInSettings) -> bool:
    """Return whether a URL is plain http to this machine itself, or to a host:port of ALLOW_PRIVATE_HOSTS."""
    parts = parts_of(url)
    if parts is None or parts.scheme != "http":
        return False
    allowed = {entry.strip().lower() for entry in settings.allow_private_hosts.split(",")}
    host = parts.hostname or ""
    host_and_port = f"{f'[{host}]' if ':' in host else host}:{parts.port or 80}"
    return _is_loopback(host) or host_and_port in allowed


def _of_default(field: str) -> str:
    return f"OAUTH_{field.upper()}"


def _of_list(index: int) -> _SettingName:
    return lambda field: f"OAUTH_PROVIDERS[{index}].{field}"


def _default(settings: SignInSettings) -> list[tuple[_SettingName, SignInProvider]]:
    values = {
        "OAUTH_CLIENT_ID": settings.oauth_client_id,
        "OAUTH_CLIENT_SECRET": settings.oauth_client_secret.get_secret_value(),
        "OAUTH_REDIRECT_URI": settings.oauth_redirect_uri,
    }
    if not any(values.values()):
        return []
    for name, value in values.items():
        if not value:
            raise ProviderMisconfigured(name, f"needed beside {' and '.join(n for n in values if values[n])}")
    parts = parts_of(settings.oauth_issuer)
    host = (parts and parts.hostname) or "default"
    provider = SignInProvider(
        name="google" if settings.oauth_issuer == _GOOGLE else host.replace(":", "-").strip("-"),
        issuer=settings.oauth_issuer,
        client_id=settings.oauth_client_id,
        client_secret=settings.oauth_client_secret,
        redirect_uris=_split(settings.oauth_redirect_uri),
    )
    return [(_of_default, provider)]


def _listed(settings: SignInSettings) -> list[tuple[_SettingName, SignInProvider]]:
    text = settings.oauth_providers.get_secret_value()
    if not text:
        return []
    try:
        entries: Any = json.loads(text)
    except ValueError:
        raise ProviderMisconfigured("OAUTH_PROVIDERS", "not JSON") from None
    if not isinstance(entries, list):
        raise ProviderMisconfigured("OAUTH_PROVIDERS", "not a JSON list")
    listed: list[tuple[_SettingName, SignInProvider]] = []
    for index, entry in enumerate(cast("list[Any]", entries)):
        setting_name = _of_list(index)
        values = _entry(entry, setting_name)
        secret, uris = SecretStr(values["client_secret"]), _split(values["redirect_uri"])
        listed.append(
            (setting_name, SignInProvider(values["name"], values["issuer"], values["client_id"], secret, uris))
        )
    return listed


def _entry(entry: Any, setting_name: _SettingName) -> dict[str, str]:
    if not isinstance(entry, dict):
        raise ProviderMisconfigured(setting_name("").rstrip("."), f"not an object with {', '.join(_KEYS)}")
    values = cast("dict[str, Any]", entry)
    for name in values:
        if name not in _KEYS:
            raise ProviderMisconfigured(setting_name(name), f"no such field; there are {', '.join(_KEYS)}")
    for name in _KEYS:
        if not isinstance(values.get(name), str) or not values[name]:
            raise ProviderMisconfigured(setting_name(name), "needed, as text")
    return values


def _check(provider: SignInProvider, setting_name: _SettingName, settings: SignInSettings) -> None:
    if not _NAME.fullmatch(provider.name):
        raise ProviderMisconfigured(setting_name("name"), "small letters, digits, '.', '_' and '-', at most 63")
    parts = parts_of(provider.issuer)
    if parts is None or parts.query or "?" in provider.issuer:
        raise ProviderMisconfigured(
            setting_name("issuer"), "not the URL of an issuer (no query, fragment or user in it)"
        )
    local = settings.environment != "production" and is_local_http(provider.issuer, settings)
    if parts.scheme != "https" and not local:
        raise ProviderMisconfigured(setting_name("issuer"), "has to begin with https://")
    if not provider.redirect_uris:
        raise ProviderMisconfigured(setting_name("redirect_uri"), "needed")
    for uri in provider.redirect_uris:
        parts = parts_of(uri)
        if parts is None or (parts.scheme != "https" and not is_local_http(uri, settings)):
            fault = f"{uri!r} is no https:// URL without user and fragment (http:// only to this machine)"
            raise ProviderMisconfigured(setting_name("redirect_uri"), fault)


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
