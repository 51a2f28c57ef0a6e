"""What is asked of Meta, by object; whatever else comes is a field that nobody here knows."""

ACCOUNT_FIELDS = ("account_id", "name", "currency", "timezone_name", "account_status")

# Objects by level: the edge of the account, the field that names the parent, and what is read.
_COMMON = ("name", "status", "effective_status", "created_time", "updated_time")
OBJECT_FIELDS = {
    "campaign": (
        *_COMMON,
        *("account_id", "objective", "daily_budget", "lifetime_budget", "spend_cap"),
        *("start_time", "stop_time", "buying_type", "bid_strategy", "special_ad_categories"),
    ),
    "adset": (
        *_COMMON,
        *("campaign_id", "daily_budget", "lifetime_budget", "optimization_goal", "billing_event"),
        *("bid_amount", "start_time", "end_time"),
    ),
    "ad": (*_COMMON, "adset_id", "campaign_id", "creative"),
}
PARENT_FIELD = {"campaign": "account_id", "adset": "campaign_id", "ad": "adset_id"}

# Without them archived and deleted campaigns are left out, and with them what they cost.
STATUSES = ("ACTIVE", "PAUSED", "ARCHIVED", "DELETED", "IN_PROCESS", "WITH_ISSUES")
CHILD_STATUSES = {
    "campaign": STATUSES,
    "adset": (*STATUSES, "CAMPAIGN_PAUSED"),
    "ad": (
        *(*STATUSES, "CAMPAIGN_PAUSED", "ADSET_PAUSED", "DISAPPROVED", "PENDING_REVIEW"),
        *("PREAPPROVED", "PENDING_BILLING_INFO"),
    ),
}

INSIGHT_FIELDS = (
    *("account_id", "account_currency", "campaign_id", "campaign_name", "objective", "attribution_setting"),
    *("impressions", "clicks", "inline_link_clicks", "spend", "reach", "frequency", "actions", "action_values"),
)
