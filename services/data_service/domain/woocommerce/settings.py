"""What is set for a shop."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class WooCommerceConfig(BaseModel):
    """`store_url` is the shop's home, below which `/wp-json/` answers.

    The rest says how the shop's GA4 tag names things, so that an order and the purchase that the tag sent are one. As
    they stand they are those of WooCommerce's own tag, Google Analytics for WooCommerce: the order's id as
    `transaction_id`, the product's (or variation's) id as `item_id`, and the customer's id where a site sends a
    `user_id`. Prefixes keep two shops of one tenant apart.
    """

    model_config = ConfigDict(extra="forbid")

    store_url: str = Field(min_length=1, max_length=2048)
    transaction_id: Literal["id", "number"] = "id"
    transaction_prefix: str = Field(default="", max_length=64)
    item_id: Literal["id", "sku"] = "id"
    customer_prefix: str = Field(default="", max_length=64)


class WooCommerceSecrets(BaseModel):
    """A REST API key with the permission Read, and the secret that the shop signs its webhooks with."""

    model_config = ConfigDict(extra="forbid")

    consumer_key: str = Field(min_length=1, max_length=200)
    consumer_secret: str = Field(min_length=1, max_length=200)
    webhook_secret: str = Field(default="", max_length=500)
