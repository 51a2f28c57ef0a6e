"""Judging what a source is told, by its kind: unknown and wrong values are named, and no URL points inside."""

from typing import Any

from pydantic import BaseModel, ValidationError

from common.outbound.guard import Guard
from common.outbound.judge import refuse_url
from common.outbound.url import Place, UrlRefused, place_of
from common.problem import FieldError
from services.data_service.domain.syncs.source_kinds import SourceKind
from services.data_service.errors import SecretsNeeded, SourceSettingsInvalid


async def judge_config(guard: Guard, kind: SourceKind, config: dict[str, Any]) -> dict[str, Any]:
    """The config in its plain spelling. Nobody is called; a name that does not resolve (yet) is let pass.

    Raises:
        SourceSettingsInvalid: naming each `config.x`.
        PlaceNotAllowed: a URL leads into the installation's own network.
    """
    judged = _judged(kind.config, "config", config)
    for name in kind.urls:
        await refuse_url(guard, f"config.{name}", judged[name], allow_http=allows_http(guard, judged[name]))
    return judged


def judge_secrets(kind: SourceKind, given: dict[str, Any] | None, kept: dict[str, str] | None = None) -> dict[str, str]:
    """The secrets in their plain spelling: those given in place of those kept; a null takes one away.

    Raises:
        SourceSettingsInvalid: naming each `secrets.x`.
    """
    secrets: dict[str, Any] = {**(kept or {}), **(given or {})}
    return _judged(kind.secrets, "secrets", secrets)


def refuse_kept_secrets_elsewhere(
    kind: SourceKind, before: dict[str, Any], after: dict[str, Any], kept: dict[str, str], given: dict[str, Any] | None
) -> None:
    """Secrets that nobody can read are not sent to another server either: there they are given again.

    Raises:
        SecretsNeeded: naming those that are missing.
    """
    if all(_place(before.get(name)) == _place(after[name]) for name in kind.urls):
        return
    if missing := sorted(kept.keys() - (given or {}).keys()):
        message = "the stored one is not sent to another address: give it again"
        raise SecretsNeeded(message, errors=[FieldError(f"secrets.{name}", message) for name in missing])


def allows_http(guard: Guard, url: str) -> bool:
    """Whether the operator allows this place of the installation's own network: only there a URL may be http."""
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
