"""`/insights/settings`: how much a company wants to be told."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common import audit
from common.http.context import Context
from common.http.json import JsonAnswer
from services.insights_service.api.callers import Manager, Reader
from services.insights_service.errors import RecipientTwice
from services.insights_service.store import alert_settings
from services.insights_service.store.alert_settings import RecipientSetting

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
    Field(description="an e-mail address"),
]


class OwnSetting(BaseModel):
    """What one recipient wants instead."""

    model_config = ConfigDict(extra="forbid")

    recipient: Recipient
    alerts_per_week: AlertsPerWeek
    least_impact_pct: LeastImpact


class Settings(BaseModel):
    """The company's, and of those who want others."""

    model_config = ConfigDict(extra="forbid")

    alerts_per_week: AlertsPerWeek
    least_impact_pct: LeastImpact
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
    recipients: list[RecipientAnswer]


@router.get("", summary="How much is told", response_model=None, responses={200: {"model": SettingsAnswer}})
async def get_settings(caller: Reader, context: Context) -> JsonAnswer:
    """Seven alerts a week from one percent of the total on, where nobody has said otherwise."""
    async with context.db.of(caller, readonly=True) as connection:
        return _answer(await alert_settings.get_alert_settings(connection, caller.tenant_id))


@router.put("", summary="Say how much is to be told", response_model=None, responses={200: {"model": SettingsAnswer}})
async def set_settings(body: Settings, caller: Manager, context: Context) -> JsonAnswer:
    """All of them, those of recipients too. What is of less impact is held back from the next generation on."""
    names = [one.recipient for one in body.recipients]
    for index, name in enumerate(names):
        if name in names[:index]:
            field = f"recipients.{index}.recipient"
            raise RecipientTwice.of(field, f"{name} stands there already")
    recipients = [RecipientSetting(*one) for one in (own.model_dump().values() for own in body.recipients)]
    settings = alert_settings.AlertSettings(body.alerts_per_week, body.least_impact_pct, recipients)
    async with context.db.of(caller) as connection:
        await alert_settings.set_alert_settings(connection, caller.tenant_id, settings, caller.account_id)
        await audit.record(
            connection,
            context.name,
            caller.tenant_id,
            caller,
            "alert-settings.changed",
            detail={
                "alerts_per_week": body.alerts_per_week,
                "least_impact_pct": float(body.least_impact_pct),
                "recipients": len(recipients),
            },
        )
        kept = await alert_settings.get_alert_settings(connection, caller.tenant_id)
    context.wake_relay()
    return _answer(kept)


def _answer(settings: alert_settings.AlertSettings) -> JsonAnswer:
    return JsonAnswer({**settings._asdict(), "recipients": [one._asdict() for one in settings.recipients]})
