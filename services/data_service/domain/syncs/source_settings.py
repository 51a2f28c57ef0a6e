"""What each kind of source is told when it is connected: its config, which is shown, and its secrets, which are not."""

import re
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.data_service.domain.ga4.dimensions import check_dimensions

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")
# Where a service account fetches its tokens. The file may say otherwise, and whoever follows it calls any address.
_GOOGLE_TOKENS: Final = frozenset({"https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token"})
_GOOGLE_UNIVERSE: Final = "googleapis.com"


def _plain(text: str) -> str:
    if _UNPRINTABLE.search(text):
        message = "control characters have no place here"
        raise ValueError(message)
    return text


def _without(prefix: str) -> BeforeValidator:
    """Take an id as the vendor also writes it."""
    return BeforeValidator(lambda value: value.strip().removeprefix(prefix) if isinstance(value, str) else value)


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
# A header's value, as which most of them travel: no blanks within, nothing beyond ASCII.
Secret = Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]


class SourceSettings(BaseModel):
    """Base: an unknown name is a mistake that is told of, not passed over."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class NoSecrets(SourceSettings):
    """A kind that nobody is called for."""


class Ga4Config(SourceSettings):
    """`property_id`: digits, `properties/123` is taken too. `custom_dimensions`: see domain/ga4/dimensions.py."""

    property_id: Annotated[str, Field(pattern=r"^[0-9]{1,20}$"), _without("properties/")]
    custom_dimensions: Annotated[dict[Text, Text], Field(max_length=12), AfterValidator(check_dimensions)] = {}


class ServiceAccount(BaseModel):
    """A Google service account's key file. What else stands in it is left out."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    type: Annotated[str, Field(pattern="^service_account$")]
    client_email: Annotated[str, Field(min_length=3, max_length=320)]
    private_key: Annotated[str, Field(min_length=1, max_length=8192)]
    private_key_id: Annotated[str, Field(max_length=200)] = ""
    project_id: Annotated[str, Field(max_length=200)] = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 -- an address
    universe_domain: str = _GOOGLE_UNIVERSE


def _service_account(value: Any) -> str:
    """The key file, as the text of one or as its object, in its plain spelling."""
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
    """`account_id`: of the ad account, digits; `act_123` is taken too."""

    account_id: Annotated[str, Field(pattern=r"^[0-9]{1,20}$"), _without("act_")]


class MetaAdsSecrets(SourceSettings):
    """`access_token`: of a system user with `ads_read` for the account."""

    access_token: Secret


class WooCommerceConfig(SourceSettings):
    """`store_url`: where the shop's WordPress is, https.

    The rest says how the shop's GA4 tag names things, so that an order and the purchase that the tag sent are one.
    Where it is absent, as Google Analytics for WooCommerce does: the order's `id` as `transaction_id`, the `id` of the
    product or its variation as `item_id`. A customer's id is the user's, behind `customer_prefix`. Prefixes keep two
    shops of one tenant apart.
    """

    store_url: Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(lambda url: url.rstrip("/"))]
    transaction_id: Literal["id", "number"] | None = None
    transaction_prefix: Annotated[str, Field(max_length=64), AfterValidator(_plain)] | None = None
    item_id: Literal["id", "sku"] | None = None
    customer_prefix: Annotated[str, Field(max_length=64), AfterValidator(_plain)] | None = None


class WooCommerceSecrets(SourceSettings):
    """A key of the shop's REST API that may read, and the secret of its webhooks where it sends any."""

    consumer_key: Secret
    consumer_secret: Secret
    webhook_secret: Secret | None = None


class MeasurementProtocolConfig(SourceSettings):
    """`measurement_id` is given out when the source is made, and stays."""

    measurement_id: Annotated[str, Field(pattern=r"^G-[A-Z0-9]{10}$")] | None = None
