"""The limits and reserved names of hits in the vendor's documentation.

Limits: "Send Measurement Protocol events to Google Analytics", sections Limitations and Override timestamp. Names:
"Measurement Protocol reference", Reserved names. Lengths of page parameters: "[GA4] Event collection limits".
"""

from datetime import timedelta
from typing import Final

MAX_BODY_BYTES: Final = 130_000
MAX_EVENTS: Final = 25
MAX_PARAMS: Final = 25
MAX_ITEM_PARAMS: Final = 10  # custom parameters, in addition to the vendor's
MAX_USER_PROPERTIES: Final = 25
MAX_NAME_CHARACTERS: Final = 40
MAX_VALUE_CHARACTERS: Final = 100
MAX_PROPERTY_NAME_CHARACTERS: Final = 24
MAX_PROPERTY_VALUE_CHARACTERS: Final = 36
MAX_AGE: Final = timedelta(hours=72)
# Longer by name; an id of a session may be the whole text of a tag's own variable.
VALUE_CHARACTERS_OF: Final = {
    "page_title": 300,
    "page_referrer": 420,
    "page_location": 1_000,
    "session_id": 1_000,
    "session_number": 1_000,
}

STRICT: Final = "ENFORCE_RECOMMENDATIONS"
RELAXED: Final = "RELAXED"
CONSENT: Final = frozenset({"GRANTED", "DENIED"})

RESERVED_EVENTS: Final = frozenset(
    {
        *("ad_activeview", "ad_click", "ad_exposure", "ad_query", "ad_reward", "adunit_exposure"),
        *("app_clear_data", "app_exception", "app_install", "app_remove", "app_store_refund", "app_update"),
        *("app_upgrade", "dynamic_link_app_open", "dynamic_link_app_update", "dynamic_link_first_open", "error"),
        *("firebase_campaign", "firebase_in_app_message_action", "firebase_in_app_message_dismiss"),
        *("firebase_in_app_message_impression", "first_open", "first_visit", "notification_dismiss"),
        *("notification_foreground", "notification_open", "notification_receive", "notification_send"),
        *("os_update", "session_start", "user_engagement"),
    }
)
APP_EVENTS: Final = frozenset({"ad_impression", "in_app_purchase", "screen_view"})
RESERVED_PARAMS: Final = frozenset({"firebase_conversion"})
RESERVED_PARAM_PREFIXES: Final = ("_", "firebase_", "ga_", "google_", "gtag.")
RESERVED_PROPERTIES: Final = frozenset(
    {"first_open_time", "first_visit_time", "last_deep_link_referrer", "user_id", "first_open_after_install"}
)
RESERVED_PROPERTY_PREFIXES: Final = ("_", "firebase_", "ga_", "google_")

ITEM_FIELDS: Final = frozenset(
    {
        *("item_id", "item_name", "affiliation", "coupon", "currency", "discount", "index", "item_brand"),
        *("item_category", "item_category2", "item_category3", "item_category4", "item_category5"),
        *("item_list_id", "item_list_name", "item_variant", "location_id", "price", "quantity"),
        *("creative_name", "creative_slot", "promotion_id", "promotion_name"),
    }
)
