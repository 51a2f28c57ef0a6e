"""Validating the settings of a source by its kind; no URL may point into the installation's own network."""

from typing import Any

from pydantic import BaseModel, ValidationError

from common.outbound.guard import Guard
from common.outbound.judge import refuse_url
from common.outbound.url import Place, UrlRefused, place_of
from common.problem import FieldError
from services.data_service.domain.syncs.source_kinds import SourceKind
from services.data_service.errors import SecretsNeeded, SourceSettingsInvalid


async def judge_config(guard: Guard, kind: SourceKind, config: dict[str, Any]) -> dict[str, Any]:
    """The validated config. The vendor is not called, and a host name that does not resolve (yet) is accepted.

    Raises:
        SourceSettingsInvalid: naming each invalid `config.x`.
        PlaceNotAllowed: a URL leads into the installation's own network.
    """
    judged = _judged(kind.config, "config", config)
    for name in kind.urls:
        await refuse_url(guard, f"config.{name}", judged[name], allow_http=allows_http(guard, judged[name]))
    return judged


def judge_secrets(kind: SourceKind, given: dict[str, Any] | None, kept: dict[str, str] | None = None) -> dict[str, str]:
    """The validated secrets: those given replace those kept, and a null removes one.

    Raises:
        SourceSettingsInvalid: naming each invalid `secrets.x`.
    """
    secrets: dict[str, Any] = {**(kept or {}), **(given or {})}
    return _judged(kind.secrets, "secrets", secrets)


def refuse_kept_secrets_elsewhere(
    kind: SourceKind, before: dict[str, Any], after: dict[str, Any], kept: dict[str, str], given: dict[str, Any] | None
) -> None:
    """Do not send stored secrets, which nobody can read, to another server: they must be entered again.

    Raises:
        SecretsNeeded: naming the secrets to enter again.
    """
    if all(_place(before.get(name)) == _place(after[name]) for name in kind.urls):
        return
    if missing := sorted(kept.keys() - (given or {}).keys()):
        message = "the stored one is not sent to another address: give it again"
        raise SecretsNeeded(message, errors=[FieldError(f"secrets.{name}", message) for name in missing])


def allows_http(guard: Guard, url: str) -> bool:
    """Whether the operator allows this host of the installation's own network; only there a URL may be http."""
    place = _place(url)
    return place is not None and guard.is_allowed(place.host, place.port)


def _place(url: str | None) -> Place | None:
    try:
        return place_of(url or "", allow_http=True)
    except UrlRefused:
        return None


def _judged(model: type[BaseModel], part: str, values: dict[str, Any]) -> dict[str, Any]:
    try:
        return model.model_validate(values).model_dump(mode="json", exclude_none=True)
    except ValidationError as wrong:
        errors = [
            FieldError(".".join([part, *map(str, item["loc"])]), item["msg"])
            for item in wrong.errors(include_input=False)
        ]
    raise SourceSettingsInvalid("; ".join(f"{name}: {text}" for name, text in errors), errors=errors)
