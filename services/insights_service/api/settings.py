"""`/insights/settings`: how many alerts a company and its recipients want, from which impact on, in which language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from common import audit
from common.db import Connection
from common.http.context import Context
from common.http.json import JsonAnswer
from services.insights_service.api.callers import Manager, Reader
from services.insights_service.domain.words.language import LANGUAGES
from services.insights_service.errors import RecipientTwice, RecipientUnknown
from services.insights_service.store.alert_settings import (
    AlertSettings,
    RecipientSetting,
    get_addresses,
    get_alert_settings,
    set_alert_settings,
)

router = APIRouter(prefix="/insights/settings", tags=["settings"])
_MOST_RECIPIENTS = 100

AlertsPerWeek = Annotated[int, Field(ge=0, le=1000, strict=True, description="The number of alerts wanted a week.")]
LeastImpact = Annotated[
    Decimal,
    Field(
        ge=0,
        le=100,
        allow_inf_nan=False,
        max_digits=12,
        description="The least impact, as a percentage of the total, from which insights are shown.",
    ),
]
Recipient = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$"
    ),
    Field(description="The address of a member of the company who may read insights."),
]


def _has_catalogue(code: str) -> str:
    if code not in LANGUAGES:
        message = f"must be one of {', '.join(LANGUAGES)}"
        raise ValueError(message)
    return code


InsightLanguage = Annotated[
    str,
    AfterValidator(_has_catalogue),
    Field(description="Null means the language of the company's country.", json_schema_extra={"enum": list(LANGUAGES)}),
]


class OwnSetting(BaseModel):
    """A recipient's own setting, instead of the company's."""

    model_config = ConfigDict(extra="forbid")

    recipient: Recipient
    alerts_per_week: AlertsPerWeek
    least_impact_pct: LeastImpact


class Settings(BaseModel):
    """The company's settings, and those of recipients who want others."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"alerts_per_week": 5, "least_impact_pct": 2, "language": "en", "recipients": []}]
        },
    )

    alerts_per_week: AlertsPerWeek | None = Field(
        default=None, description="The number of alerts wanted a week. Null, or left out, if nobody chooses a number."
    )
    alerts_per_week_chosen: bool | None = Field(
        default=None,
        description="As answered by GET: with false, the default number is put back as it was read, and not chosen.",
    )
    least_impact_pct: LeastImpact = AlertSettings().least_impact_pct
    language: InsightLanguage | None = None
    recipients: Annotated[list[OwnSetting], Field(max_length=_MOST_RECIPIENTS)] = Field(
        default_factory=list[OwnSetting]
    )


class RecipientAnswer(BaseModel):
    """A recipient's own setting, instead of the company's."""

    recipient: str
    alerts_per_week: int
    least_impact_pct: float


class SettingsAnswer(BaseModel):
    """The company's settings, and those of recipients who want others, by address."""

    alerts_per_week: int
    alerts_per_week_chosen: bool = Field(
        description="Whether somebody chose this number of alerts; else it is the default."
    )
    least_impact_pct: float
    language: str | None
    recipients: list[RecipientAnswer]


@router.get("", summary="Alert settings", response_model=None, responses={200: {"model": SettingsAnswer}})
async def get_settings(caller: Reader, context: Context) -> JsonAnswer:
    """Return the settings. By default, at most seven alerts a week are shown, from an impact of 1 % of the total on."""
    async with context.db.of(caller, readonly=True) as connection:
        return await _answer(connection, caller.tenant_id)


@router.put("", summary="Replace the alert settings", response_model=None, responses={200: {"model": SettingsAnswer}})
async def set_settings(body: Settings, caller: Manager, context: Context) -> JsonAnswer:
    """Replace all settings, those of recipients too. The next generation applies them.

    A body without `alerts_per_week` chooses no number of alerts: at most seven a week are announced, clear ones only.
    So does one that puts back what was read while nobody had chosen: the default number and `alerts_per_week_chosen`
    false.

    A recipient without a setting is shown what the company is shown. A recipient who gets a setting goes on being shown
    present insights until they end.
    """
    _refuse_twice([recipient.recipient for recipient in body.recipients])
    async with context.db.of(caller) as connection:
        addresses = await get_addresses(connection, caller.tenant_id)
        accounts = {address: account_id for account_id, address in addresses.items()}
        recipients = [
            RecipientSetting(
                _account(accounts, index, recipient.recipient), recipient.alerts_per_week, recipient.least_impact_pct
            )
            for index, recipient in enumerate(body.recipients)
        ]
        settings = AlertSettings(least_impact_pct=body.least_impact_pct, language=body.language, recipients=recipients)
        number = _chosen_number(body)
        if number is not None:
            settings = settings._replace(alerts_per_week=number, is_chosen=True)
        await set_alert_settings(connection, caller.tenant_id, settings, caller.account_id)
        await audit.record(
            connection,
            context.name,
            caller.tenant_id,
            caller,
            "alert-settings.changed",
            detail={
                "alerts_per_week": number,
                "least_impact_pct": float(body.least_impact_pct),
                "language": body.language,
                "recipients": len(recipients),
            },
        )
        answer = await _answer(connection, caller.tenant_id)
    context.wake_relay()
    return answer


def _chosen_number(body: Settings) -> int | None:
    """Return the number of alerts that the body chooses; None if it chooses none, or puts back the default as read."""
    is_put_back = body.alerts_per_week_chosen is False and body.alerts_per_week == AlertSettings().alerts_per_week
    return None if is_put_back else body.alerts_per_week


def _refuse_twice(addresses: list[str]) -> None:
    for index, address in enumerate(addresses):
        if address in addresses[:index]:
            field = f"recipients.{index}.recipient"
            raise RecipientTwice.of(field, f"is the same as recipients.{addresses.index(address)}.recipient")


def _account(accounts: Mapping[str, UUID], index: int, address: str) -> UUID:
    account_id = accounts.get(address)
    if account_id is None:
        field = f"recipients.{index}.recipient"
        raise RecipientUnknown.of(field, "must be the address of a member of the company who may read insights")
    return account_id


async def _answer(connection: Connection, tenant_id: UUID) -> JsonAnswer:
    settings = await get_alert_settings(connection, tenant_id)
    addresses = await get_addresses(connection, tenant_id)
    recipients = [
        {
            "recipient": addresses[recipient.account_id],
            "alerts_per_week": recipient.alerts_per_week,
            "least_impact_pct": recipient.least_impact_pct,
        }
        for recipient in settings.recipients
        if recipient.account_id in addresses
    ]
    return JsonAnswer(
        {
            "alerts_per_week": settings.alerts_per_week,
            "alerts_per_week_chosen": settings.is_chosen,
            "least_impact_pct": settings.least_impact_pct,
            "language": settings.language,
            "recipients": sorted(recipients, key=lambda recipient: str(recipient["recipient"])),
        }
    )
