"""Shapes of requests and answers about sources. Secrets are write-only."""

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
    """The changes to a source. Omitted fields stay unchanged, and so do stored secrets that `secrets` does not name."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    name: Name | None = None
    config: Settings | None = None
    secrets: Secrets | None = None
    status: Literal["active", "paused"] | None = None


class Source(BaseModel):
    """A connected source. `reason` explains why it is not read as planned; '' if it is."""

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
    """A new source. `measurement_id` and `api_secret` are for `/mp/collect`.

    Only sources of kind `measurement_protocol` have them, and they are shown only in this answer.
    """

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
    """One finding of a test: what works or is good to know (`ok`), or what is wrong and how to fix it."""

    ok: bool
    text: str


class SourceTest(BaseModel):
    """The result of testing a source."""

    ok: bool
    findings: list[SourceFinding]


class SyncOrder(BaseModel):
    """The source to sync; without it, every source of the kind."""

    model_config = ConfigDict(extra="forbid")

    source_id: UUID | None = None


def source_view(source: StoredSource) -> dict[str, Any]:
    """Return the public fields of a source."""
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
    """Return the public fields of a new source, with the names and secret that are shown only once."""
    return source_view(source) | (stream._asdict() if stream else {})
