"""What can be wrong with a request to the data service."""

from common.problem import Conflict, NotFound, Problem, Unavailable, Unprocessable, UnsupportedMediaType


class ImportKindUnknown(NotFound):
    """No import of that kind."""

    type = "import-kind-unknown"
    title = "No import of this kind"


class ImportNotFound(NotFound):
    """The job is not an import, or there is none of that id."""

    type = "import-not-found"
    title = "Import not found"


class UserNotFound(NotFound):
    """Neither a contact nor an event of that user."""

    type = "user-not-found"
    title = "User not found"


class NotJson(UnsupportedMediaType):
    """A body that does not call itself JSON."""

    type = "not-json"
    title = "The body must be application/json"


class FileNotTaken(Unprocessable):
    """The file is not what this import reads."""

    type = "file-not-taken"
    title = "The file is not of a kind that this import reads"


class EventsMalformed(Unprocessable):
    """The body is not JSON with a list of events."""

    type = "events-malformed"
    title = "The body is not a list of events"


class TooManyEvents(Unprocessable):
    """More events than one request takes."""

    type = "too-many-events"
    title = "Too many events in one request"


class BodyNotRead(Unavailable):
    """The process that reads bodies died; nothing of the body was recorded."""

    type = "body-not-read"
    title = "The body could not be read now; send it again"


class SourceNotFound(NotFound):
    """No such source in this tenant."""

    type = "source-not-found"
    title = "Source not found"


class SourceSettingsInvalid(Unprocessable):
    """A config or secrets that the kind does not take."""


class SecretsNeeded(Unprocessable):
    """Stored secrets would go to another place than they were given for."""

    type = "secrets-needed"
    title = "The secrets are needed again"


class SourceKindStays(Unprocessable):
    """Another kind is another source."""

    type = "source-kind-stays"
    title = "The kind of a source cannot be changed"


class SourceNotConnected(Conflict):
    """There is no source of that kind to sync."""

    type = "source-not-connected"
    title = "No source of this kind is connected"


class SourcePaused(Conflict):
    """Somebody has paused the source."""

    type = "source-paused"
    title = "The source is paused"


class DatesInvalid(Unprocessable):
    """A range of days that is none, or too long."""

    type = "dates-invalid"
    title = "The dates are not valid"


class CampaignNotFound(NotFound):
    """No campaign of this id in the tenant."""

    type = "campaign-not-found"
    title = "Campaign not found"


class CampaignKeptInStep(Conflict):
    """What a platform says of its campaign is changed there: the next sync would undo it here."""

    type = "campaign-kept-in-step"
    title = "A connected source keeps this campaign in step with its platform; change it there, or pause the source"


class NotOfThisTenant(Unprocessable):
    """A member or team that this tenant does not have; whether there is one elsewhere is not said."""

    type = "not-of-this-tenant"
    title = "No such member or team in this tenant"


class SourceNotRead(Conflict):
    """A source that only receives: there is nothing to ask it for."""

    type = "source-not-read"
    title = "Nothing is read from this source"


class SourceReadsAnother(Conflict):
    """The source has another account than the one that was planned for."""

    type = "source-reads-another"
    title = "The source reads another account now"


class TooManyBackfills(Conflict):
    """The tenant has as many unfinished backfills as it may."""

    type = "too-many-backfills"
    title = "Too many backfills are not finished yet"


class SyncNotRetried(Conflict):
    """A sync that failed is followed by the next one of its source."""

    type = "sync-not-retried"
    title = "A sync is not retried"


class SourceNeedsAttention(Conflict):
    """Nothing can be read from the source before a person has acted."""

    type = "source-needs-attention"
    title = "The source needs attention first"


class VendorNotReached(Unavailable):
    """The source's vendor does not answer, or its quota is spent."""

    type = "vendor-not-reached"
    title = "The source's vendor cannot be asked now"


class WebhookRefused(Problem):
    """A webhook without the signature of the source that its address names."""

    status = 401
    type = "webhook-refused"
    title = "This delivery is not signed by the source's shop"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'HMAC-SHA256 header="X-WC-Webhook-Signature"'})


class ImportOptionsInvalid(Unprocessable):
    """What was chosen with an upload is not among the choices."""

    type = "import-options-invalid"
    title = "An option of the import does not hold"


class PreviewInterrupted(Unavailable):
    """Rows that the file holds too are being changed right now."""

    type = "preview-interrupted"
    title = "Another import is changing the same rows; try again"


class PreviewRunning(Problem):
    """A company previews one file at a time."""

    status = 429
    type = "preview-running"
    title = "Another preview of your company is running; try again once it has ended"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "5"})


class PreviewsBusy(Unavailable):
    """As many files as can be are being previewed, by other companies."""

    type = "previews-busy"
    title = "Too many files are being previewed now; try again"
