"""`data.channels.changed.v1`: a web analytics vendor tells days' sessions by channel anew, or otherwise."""

from uuid import UUID

from common.events.envelope import Contract


class ChannelsChanged(Contract, frozen=True, kw_only=True):
    """The days (YYYY-MM-DD, the vendor's) of which rows of data.channel_day came, changed or went.

    `batch_id` is named in `analytics.day.refreshed.v1` once every answer counts these days so.
    """

    TYPE = "data.channels.changed.v1"

    batch_id: UUID
    days: list[str]
