"""Changing a campaign: what members may set, and what only its platform says."""

from typing import Any, Final

from common.problem import FieldError
from services.data_service.errors import CampaignKeptInStep, DatesInvalid
from services.data_service.store.ads.campaigns import Campaign

# GA4 tells of Google's campaigns no more than their names.
_TOLD_BY_KIND: Final = {"ga4": ("name",)}
_TOLD: Final = ("name", "status", "budget", "start_date", "end_date")


def platform_fields(campaign: Campaign) -> list[str]:
    """What of a campaign only its platform says, and nobody changes here."""
    told = _TOLD_BY_KIND.get(campaign.source_kind or "", _TOLD) if campaign.is_kept_in_step else ()
    # Its days are known under this platform.
    return [*told, "platform"] if campaign.external_id is not None else []


def shown_settings(campaign: Campaign) -> dict[str, Any]:
    """The members' settings and the platform's, which stand above them while a source keeps the campaign in step."""
    own, platforms = campaign.settings, campaign.platform_settings
    return own | platforms if campaign.is_kept_in_step else platforms | own


def changed_campaign(campaign: Campaign, given: dict[str, Any]) -> Campaign:
    """The campaign as it is to be: what is not in `given` stays.

    What the platform says may be sent back as it is, so that a form that shows a campaign can send all of it.

    Raises:
        CampaignKeptInStep: `given` says otherwise than the platform, and the next sync would undo it.
        DatesInvalid: it would end before it begins.
    """
    fixed = platform_fields(campaign)
    wrong = {name for name in fixed if name in given and given[name] != getattr(campaign, name)}
    own = dict[str, Any](given.get("settings", campaign.settings))
    for name, said in campaign.platform_settings.items():
        if own.get(name) == said:
            own.pop(name, None)
        elif campaign.is_kept_in_step and name in given.get("settings", ()):
            wrong.add(f"settings.{name}")
    if wrong:
        raise CampaignKeptInStep(errors=[FieldError(name, "its platform says this") for name in sorted(wrong)])
    become = campaign._replace(**(given | {"settings": own}))
    check_dates(become.start_date, become.end_date)
    return become


def check_dates(start_date: Any, end_date: Any) -> None:
    """Where both are given the end is not before the start.

    Raises:
        DatesInvalid: it is.
    """
    if start_date is not None and end_date is not None and end_date < start_date:
        raise DatesInvalid(errors=[FieldError("end_date", "must not be before start_date")])
