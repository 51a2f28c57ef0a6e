"""Request models of a tenant's settings, and merging a partial change into them."""

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
    """Return the currencies that are legal tender today, by ISO 3166 country."""
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


def _string_schema(form: str, example: str) -> WithJsonSchema:
    """Return the OpenAPI schema of a value that is checked against a list that is too long for the document."""
    return WithJsonSchema({"type": "string", "format": form, "examples": [example]})


def _number_as_text(given: object) -> object:
    """Accept a property's id that was sent as a number, such as 5 or 5.0."""
    if isinstance(given, bool) or not isinstance(given, int | float) or given != given // 1:
        return given
    return str(int(given))


TimeZone = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_time_zone),
    _string_schema("iana-time-zone", "Europe/Berlin"),
]
Currency = Annotated[
    str, StringConstraints(pattern="^[A-Z]{3}$"), AfterValidator(_currency), _string_schema("iso-4217", "EUR")
]
Country = Annotated[
    str, StringConstraints(pattern="^[A-Z]{2}$"), AfterValidator(_country), _string_schema("iso-3166", "DE")
]
LocationSource = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:(?:event_param|user_property):[A-Za-z0-9_.-]{1,100}|geo\.(?:country|region|city))$"
    ),
]
PropertyId = Annotated[
    str,
    BeforeValidator(_number_as_text),
    StringConstraints(pattern="^[0-9]{1,20}$"),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^[0-9]{1,20}$"}, {"type": "integer", "minimum": 0}]}),
]


class GoogleAnalyticsConfig(BaseModel):
    """The Google Analytics property of the events, and the field of an event that names the branch; null for none."""

    model_config = ConfigDict(extra="forbid")

    property_id: PropertyId | None = None
    location_source: LocationSource | None = None


class Retention(BaseModel):
    """The number of days after which data is deleted (decision 0038); null keeps it.

    Events are kept for at least three months: lists of tasks, which compare with an equally long previous period,
    repeat visits, follow-ups (14 days) and repeated deliveries from vendors (28 days) need them.
    """

    model_config = ConfigDict(extra="forbid")

    hourly_days: int | None = Field(default=None, ge=1, le=MOST_DAYS, strict=True)
    daily_days: int | None = Field(default=None, ge=365, le=MOST_DAYS, strict=True)
    event_days: int | None = Field(default=None, ge=90, le=MOST_DAYS, strict=True)


class NewTenant(BaseModel):
    """The settings of a new tenant. `plan` is refused here, since only the operator sets it."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    time_zone: TimeZone
    currency: Currency
    country: Country | None = None
    week_start: WeekDay = "monday"
    google_analytics_config: GoogleAnalyticsConfig = GoogleAnalyticsConfig()


def _without_defaults(schema: dict[str, Any]) -> None:
    """Remove the defaults from the schema: an omitted field stays as it is, and is not set to its default."""
    for field_schema in schema["properties"].values():
        field_schema.pop("default", None)


class TenantChange(BaseModel):
    """The settings to change. Omitted ones stay, nested objects are merged, and null clears an optional setting."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)

    name: Name = ""
    time_zone: TimeZone = ""
    currency: Currency = ""
    country: Country | None = None
    week_start: WeekDay = "monday"
    google_analytics_config: GoogleAnalyticsConfig = GoogleAnalyticsConfig()
    retention: Retention = Retention()


def merged(settings: dict[str, Any], change: TenantChange) -> tuple[dict[str, Any], list[str]]:
    """Apply a change. Returns the new settings, and the names of those whose value changed, nested ones dotted."""
    return _merge(settings, change.model_dump(exclude_unset=True), "")


def value_of(settings: dict[str, Any], name: str) -> Any:
    """Return the value of a setting by its name, which is dotted if nested."""
    value: Any = settings
    for part in name.split("."):
        value = value.get(part) if value else None
    return value


def _merge(settings: dict[str, Any], change: dict[str, Any], prefix: str) -> tuple[dict[str, Any], list[str]]:
    result = dict(settings)
    names: list[str] = []
    for key, value in change.items():
        if isinstance(value, dict):
            result[key], nested_names = _merge(settings.get(key) or {}, value, f"{prefix}{key}.")  # pyright: ignore[reportUnknownArgumentType]  # the model's own dump
            names += nested_names
        elif settings.get(key) != value:
            result[key] = value
            names.append(prefix + key)
    return result, names
