"""`/insights/settings`: how much a company wants to be told."""

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

AlertsPerWeek = Annotated[int, Field(ge=0, le=1000, strict=True, description="how many alerts a week are wanted")]
LeastImpact = Annotated[
    Decimal,
    Field(
        ge=0,
        le=100,
        allow_inf_nan=False,
        max_digits=12,
        description="share of the total in percent under which nothing is shown",
    ),
]
Recipient = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$"
    ),
    Field(description="the address of somebody of the company who may read insights"),
]


def _has_catalogue(code: str) -> str:
    if code not in LANGUAGES:
        message = f"insights are told in {', '.join(LANGUAGES)}"
        raise ValueError(message)
    return code


ToldIn = Annotated[
    str,
    AfterValidator(_has_catalogue),
    Field(description="null: as in the company's country", json_schema_extra={"enum": list(LANGUAGES)}),
]


class OwnSetting(BaseModel):
    """What one recipient wants instead."""

    model_config = ConfigDict(extra="forbid")

    recipient: Recipient
    alerts_per_week: AlertsPerWeek
    least_impact_pct: LeastImpact


class Settings(BaseModel):
    """The company's, and of those who want others."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"alerts_per_week": 5, "least_impact_pct": 2, "language": "en", "recipients": []}]
        },
    )

    alerts_per_week: AlertsPerWeek
    least_impact_pct: LeastImpact
    language: ToldIn | None = None
    recipients: Annotated[list[OwnSetting], Field(max_length=_MOST_RECIPIENTS)] = Field(
        default_factory=list[OwnSetting]
    )


class RecipientAnswer(BaseModel):
    """What one recipient wants instead."""

    recipient: str
    alerts_per_week: int
    least_impact_pct: float


class SettingsAnswer(BaseModel):
    """The company's, and of those who want others, by address."""

    alerts_per_week: int
    least_impact_pct: float
    language: str | None
    recipients: list[RecipientAnswer]


@router.get("", summary="How much is told", response_model=None, responses={200: {"model": SettingsAnswer}})
async def get_settings(caller: Reader, context: Context) -> JsonAnswer:
    """At most seven alerts a week from one percent of the total on, where nobody has said otherwise."""
    async with context.db.of(caller, readonly=True) as connection:
        return await _answer(connection, caller.tenant_id)


@router.put("", summary="Say how much is to be told", response_model=None, responses={200: {"model": SettingsAnswer}})
async def set_settings(body: Settings, caller: Manager, context: Context) -> JsonAnswer:
    """All of them, those of recipients too. What is of less impact is held back from the next generation on.

    Who has no setting is told what the company is; who gets one keeps what they were shown while it lasts.
    """
    _refuse_twice([one.recipient for one in body.recipients])
    async with context.db.of(caller) as connection:
        accounts = {address: who for who, address in (await get_addresses(connection, caller.tenant_id)).items()}
        recipients = [
            RecipientSetting(_account(accounts, index, one.recipient), one.alerts_per_week, one.least_impact_pct)
            for index, one in enumerate(body.recipients)
        ]
        settings = AlertSettings(body.alerts_per_week, body.least_impact_pct, body.language, recipients)
        await set_alert_settings(connection, caller.tenant_id, settings, caller.account_id)
        await audit.record(
            connection,
            context.name,
            caller.tenant_id,
            caller,
            "alert-settings.changed",
            detail={
                "alerts_per_week": body.alerts_per_week,
                "least_impact_pct": float(body.least_impact_pct),
                "language": body.language,
                "recipients": len(recipients),
            },
        )
        answer = await _answer(connection, caller.tenant_id)
    context.wake_relay()
    return answer


def _refuse_twice(addresses: list[str]) -> None:
    for index, address in enumerate(addresses):
        if address in addresses[:index]:
            field = f"recipients.{index}.recipient"
            raise RecipientTwice.of(field, f"the same stands at {addresses.index(address)}")


def _account(accounts: Mapping[str, UUID], index: int, address: str) -> UUID:
    who = accounts.get(address)
    if who is None:
        field = f"recipients.{index}.recipient"
        raise RecipientUnknown.of(field, "nobody of the company who may read insights has this address")
    return who


async def _answer(connection: Connection, tenant_id: UUID) -> JsonAnswer:
    settings = await get_alert_settings(connection, tenant_id)
    addresses = await get_addresses(connection, tenant_id)
    recipients = [
        {
            "recipient": addresses[one.account_id],
            "alerts_per_week": one.alerts_per_week,
            "least_impact_pct": one.least_impact_pct,
        }
        for one in settings.recipients
        if one.account_id in addresses
    ]
    return JsonAnswer(
        {
            "alerts_per_week": settings.alerts_per_week,
            "least_impact_pct": settings.least_impact_pct,
            "language": settings.language,
            "recipients": sorted(recipients, key=lambda one: str(one["recipient"])),
        }
    )
