"""A tenant's settings: what they may be, and what a partial change makes of them."""

from functools import lru_cache
from typing import Annotated, Any, Literal, cast
from zoneinfo import available_timezones

from babel.core import get_global
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

WeekDay = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
# A hundred years.
MOST_DAYS = 36_525
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]


@lru_cache(maxsize=1)
def _currencies_by_country() -> dict[str, set[str]]:
    """The currencies that are legal tender today, by ISO 3166 country."""
    history = cast("dict[str, list[tuple[str, Any, Any, bool]]]", get_global("territory_currencies"))
    today = {
        country: {code for code, _, until, tender in rows if until is None and tender}
        for country, rows in history.items()
    }
    return {country: codes for country, codes in today.items() if codes and country != "EU"}


def _time_zone(name: str) -> str:
    if name not in available_timezones() or name in ("Factory", "localtime", "posixrules"):
        message = "not an IANA time zone, such as Europe/Berlin"
        raise ValueError(message)
    return name


def _currency(code: str) -> str:
    if not any(code in codes for codes in _currencies_by_country().values()):
        message = "not a current ISO 4217 currency, such as EUR"
        raise ValueError(message)
    return code


def _country(code: str) -> str:
    if code not in _currencies_by_country():
        message = "not an ISO 3166 country, such as DE"
        raise ValueError(message)
    return code


def _described(form: str, example: str) -> WithJsonSchema:
    """What stands in the document of a value that is checked against a list too long to stand there."""
    return WithJsonSchema({"type": "string", "format": form, "examples": [example]})


def _digits(given: object) -> object:
    """A property's id also where it was sent as a number, as 5 or 5.0."""
    if isinstance(given, bool) or not isinstance(given, int | float) or given != given // 1:
        return given
    return str(int(given))


TimeZone = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_time_zone),
    _described("iana-time-zone", "Europe/Berlin"),
]
Currency = Annotated[
    str, StringConstraints(pattern="^[A-Z]{3}$"), AfterValidator(_currency), _described("iso-4217", "EUR")
]
Country = Annotated[
    str, StringConstraints(pattern="^[A-Z]{2}$"), AfterValidator(_country), _described("iso-3166", "DE")
]
LocationSource = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:(?:event_param|user_property):[A-Za-z0-9_.-]{1,100}|geo\.(?:country|region|city))$"
    ),
]
PropertyId = Annotated[
    str,
    BeforeValidator(_digits),
    StringConstraints(pattern="^[0-9]{1,20}$"),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^[0-9]{1,20}$"}, {"type": "integer", "minimum": 0}]}),
]


class GoogleAnalyticsConfig(BaseModel):
    """Where the events come from and which of their fields names the branch; null is none."""

    model_config = ConfigDict(extra="forbid")

    property_id: PropertyId | None = None
    location_source: LocationSource | None = None


class Retention(BaseModel):
    """After how many days what leaves (decision 0038); null: it stays.

    Events stay for three months at least: lists of tasks with the equally long period before them, repeat visits,
    follow-ups (14 days) and what vendors tell again (28 days) need them.
    """

    model_config = ConfigDict(extra="forbid")

    hourly_days: int | None = Field(default=None, ge=1, le=MOST_DAYS, strict=True)
    daily_days: int | None = Field(default=None, ge=365, le=MOST_DAYS, strict=True)
    event_days: int | None = Field(default=None, ge=90, le=MOST_DAYS, strict=True)


class NewTenant(BaseModel):
    """What a tenant is created with. `plan` is the operator's to set and refused here."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    time_zone: TimeZone
    currency: Currency
    country: Country | None = None
    week_start: WeekDay = "monday"
    google_analytics_config: GoogleAnalyticsConfig = GoogleAnalyticsConfig()


def _without_defaults(schema: dict[str, Any]) -> None:
    """What is left out of a change stays: the values that stand in for it are not to be sent."""
    for name in schema["properties"].values():
        name.pop("default", None)


class TenantChange(BaseModel):
    """The settings to change; what is left out stays, nested objects are merged, null clears what may be empty."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)

    name: Name = ""
    time_zone: TimeZone = ""
    currency: Currency = ""
    country: Country | None = None
    week_start: WeekDay = "monday"
    google_analytics_config: GoogleAnalyticsConfig = GoogleAnalyticsConfig()
    retention: Retention = Retention()


def merged(settings: dict[str, Any], change: TenantChange) -> tuple[dict[str, Any], list[str]]:
    """The settings after a change, and the names of those that have another value now (nested ones dotted)."""
    return _merge(settings, change.model_dump(exclude_unset=True), "")


def value_of(settings: dict[str, Any], name: str) -> Any:
    """The value of a setting by its (dotted) name."""
    value: Any = settings
    for part in name.split("."):
        value = value.get(part) if value else None
    return value


def _merge(settings: dict[str, Any], change: dict[str, Any], prefix: str) -> tuple[dict[str, Any], list[str]]:
    result = dict(settings)
    names: list[str] = []
    for key, value in change.items():
        if isinstance(value, dict):
            result[key], inner = _merge(settings.get(key) or {}, value, f"{prefix}{key}.")  # pyright: ignore[reportUnknownArgumentType]  # the model's own dump
            names += inner
        elif settings.get(key) != value:
            result[key] = value
            names.append(prefix + key)
    return result, names
