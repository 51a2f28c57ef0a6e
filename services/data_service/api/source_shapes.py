"""Shapes of sources, in and out. Secrets go in and never come out."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.data_service.domain.syncs.new_measurement_id import StreamNames
from services.data_service.store.syncs.sources import Source as StoredSource

Kind = Literal["ga4", "meta_ads", "woocommerce", "measurement_protocol"]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Settings = Annotated[
    dict[str, Any],
    Field(
        description="`ga4`: `property_id`; `meta_ads`: `account_id`; `woocommerce`: `store_url`;"
        " `measurement_protocol`: nothing"
    ),
]
Secrets = Annotated[
    dict[str, Any],
    Field(
        json_schema_extra={"writeOnly": True},
        description="`ga4`: `credentials` (a service account's key file); `meta_ads`: `access_token`;"
        " `woocommerce`: `consumer_key`, `consumer_secret`, `webhook_secret`; `measurement_protocol`: nothing",
    ),
]


class NewSource(BaseModel):
    """A source to connect."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    name: Name
    config: Settings = {}
    secrets: Secrets = {}


class SourceChanges(BaseModel):
    """What is to be otherwise; what is left out stays. Of `secrets` those that are given replace the stored ones."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    name: Name | None = None
    config: Settings | None = None
    secrets: Secrets | None = None
    status: Literal["active", "paused"] | None = None


class Source(BaseModel):
    """A connected source. `reason` says in plain words why it is not read as planned; '' where it is."""

    id: UUID
    kind: Kind
    name: str
    config: dict[str, Any]
    status: Literal["active", "degraded", "needs_attention", "paused"]
    reason: str
    last_sync_at: datetime | None
    next_sync_at: datetime | None
    created_at: datetime
    updated_at: datetime


class MadeSource(Source):
    """A new source. Of `measurement_protocol` alone, and this once: what to post to `/mp/collect` with."""

    measurement_id: str | None = None
    api_secret: str | None = None


class SourcePage(BaseModel):
    """A page of sources, by name."""

    data: list[Source]
    total: int
    page: int
    limit: int
    has_more: bool


class SourceFinding(BaseModel):
    """One sentence of a test: what is right or good to know, or what is wrong and what to do about it."""

    ok: bool
    text: str


class SourceTest(BaseModel):
    """What a test of a source found."""

    ok: bool
    findings: list[SourceFinding]


class SyncOrder(BaseModel):
    """Which source to sync; without it every one of the kind."""

    model_config = ConfigDict(extra="forbid")

    source_id: UUID | None = None


def source_view(source: StoredSource) -> dict[str, Any]:
    """A source as the contract shows it."""
    return {
        "id": source.source_id,
        "kind": source.kind,
        "name": source.name,
        "config": source.config,
        "status": source.status,
        "reason": source.reason,
        "last_sync_at": source.last_sync_at,
        "next_sync_at": source.next_sync_at,
        "created_at": source.created_at,
        "updated_at": source.updated_at,
    }


def made_view(source: StoredSource, stream: StreamNames | None) -> dict[str, Any]:
    """A new source, with what is said this once."""
    return source_view(source) | (stream._asdict() if stream else {})
