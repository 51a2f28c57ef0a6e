"""The settings of each kind of source: its config, which is shown, and its secrets, which never are."""

import re
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.data_service.domain.ga4.dimensions import check_dimensions

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")
# Where a service account fetches its tokens. A key file may name another address, which must not be called.
_GOOGLE_TOKENS: Final = frozenset({"https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token"})
_GOOGLE_UNIVERSE: Final = "googleapis.com"


def _plain(text: str) -> str:
    if _UNPRINTABLE.search(text):
        message = "control characters have no place here"
        raise ValueError(message)
    return text


def _without(prefix: str) -> BeforeValidator:
    """Accept an id with the vendor's prefix, too."""
    return BeforeValidator(lambda value: value.strip().removeprefix(prefix) if isinstance(value, str) else value)


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
# ASCII without blanks, since most of them are sent as the value of a header.
Secret = Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]


class SourceSettings(BaseModel):
    """The base class: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class NoSecrets(SourceSettings):
    """For a kind without secrets, whose vendor is never called."""


class Ga4Config(SourceSettings):
    """`property_id`: digits, or `properties/123`. `custom_dimensions`: see domain/ga4/dimensions.py."""

    property_id: Annotated[str, Field(pattern=r"^[0-9]{1,20}$"), _without("properties/")]
    custom_dimensions: Annotated[dict[Text, Text], Field(max_length=12), AfterValidator(check_dimensions)] = {}


class ServiceAccount(BaseModel):
    """The key file of a Google service account; its other fields are not stored."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    type: Annotated[str, Field(pattern="^service_account$")]
    client_email: Annotated[str, Field(min_length=3, max_length=320)]
    private_key: Annotated[str, Field(min_length=1, max_length=8192)]
    private_key_id: Annotated[str, Field(max_length=200)] = ""
    project_id: Annotated[str, Field(max_length=200)] = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 -- an address
    universe_domain: str = _GOOGLE_UNIVERSE


def _service_account(value: Any) -> str:
    """The key file, given as text or as an object, as normalized JSON."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            message = "not the JSON of a service account's key file"
            raise ValueError(message) from None
    try:
        account = ServiceAccount.model_validate(value)
    except ValidationError as wrong:
        [first, *_] = wrong.errors(include_input=False)
        message = f"not a service account's key file: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise ValueError(message) from None
    if account.token_uri not in _GOOGLE_TOKENS or account.universe_domain != _GOOGLE_UNIVERSE:
        message = "its token_uri and universe_domain must be Google's own"
        raise ValueError(message)
    return msgspec.json.encode(account.model_dump()).decode()


class Ga4Secrets(SourceSettings):
    """`credentials`: the key file of a service account that may read the property."""

    credentials: Annotated[str, BeforeValidator(_service_account), Field(max_length=32_768)]


class MetaAdsConfig(SourceSettings):
    """`account_id` of the ad account: digits, or `act_123`."""

    account_id: Annotated[str, Field(pattern=r"^[0-9]{1,20}$"), _without("act_")]


class MetaAdsSecrets(SourceSettings):
    """`access_token`: of a system user with `ads_read` for the account."""

    access_token: Secret


class WooCommerceConfig(SourceSettings):
    """`store_url`: the https address of the shop's WordPress.

    The other fields say how the shop's GA4 tag names things, so that an order and the purchase that the tag sent can be
    matched. The defaults are those of "Google Analytics for WooCommerce": `transaction_id` is the order's `id`, and
    `item_id` the `id` of the product or variation. A user's id is `customer_prefix` and the customer's id. Prefixes
    distinguish several shops of a tenant.
    """

    store_url: Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(lambda url: url.rstrip("/"))]
    transaction_id: Literal["id", "number"] | None = None
    transaction_prefix: Annotated[str, Field(max_length=64), AfterValidator(_plain)] | None = None
    item_id: Literal["id", "sku"] | None = None
    customer_prefix: Annotated[str, Field(max_length=64), AfterValidator(_plain)] | None = None


class WooCommerceSecrets(SourceSettings):
    """A key of the shop's REST API with read permission, and the secret of its webhooks, if there are any."""

    consumer_key: Secret
    consumer_secret: Secret
    webhook_secret: Secret | None = None


class MeasurementProtocolConfig(SourceSettings):
    """`measurement_id` is generated when the source is created, and never changes."""

    measurement_id: Annotated[str, Field(pattern=r"^G-[A-Z0-9]{10}$")] | None = None
