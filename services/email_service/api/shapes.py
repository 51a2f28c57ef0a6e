"""Request and response models of the email service."""

import re
from datetime import date, datetime
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from services.email_service.api.report_day import ReportDate
from services.email_service.domain.hold_out import MOST_PERCENT

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or ".." in text:
        message = "not an email address (an international domain is written in its xn-- form)"
        raise ValueError(message)
    return text


def _sender(text: str) -> str:
    _address(parseaddr(text)[1])
    return text


def _host(text: str) -> str:
    """Accept a host name (RFC 1123: labels of at most 63 characters) or an IP address."""
    if _HOST.fullmatch(text):
        return text
    try:
        return str(ip_address(text))
    except ValueError:
        message = "not a server's name or address (an international name is written in its xn-- form)"
        raise ValueError(message) from None


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        message = "must not hold control characters"
        raise ValueError(message)
    return text


_WITHOUT_CONTROL = Field(json_schema_extra={"pattern": r"^[^\x00-\x1f\x7f]*$"})
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_one_line), _WITHOUT_CONTROL
]
Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_one_line),
    _WITHOUT_CONTROL,
]
MailAddress = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
Host = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=253),
    AfterValidator(_host),
    WithJsonSchema({"type": "string", "format": "hostname", "maxLength": 253}),
]
Sender = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=320),
    AfterValidator(_one_line),
    AfterValidator(_sender),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 320}),
]


class NewMapping(BaseModel):
    """A branch and the sales rep who gets its report."""

    branch_code: Code
    branch_name: Line = ""
    sales_rep_name: Line = ""
    sales_rep_email: MailAddress
    is_enabled: bool = True


class Mapping(NewMapping):
    """A mapping. `unsubscribed_at` is set if the rep has unsubscribed from the branch's emails."""

    id: UUID
    unsubscribed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class MappingPage(BaseModel):
    """One page of mappings."""

    data: list[Mapping]
    total: int
    page: int
    limit: int
    has_more: bool


class NewConfig(BaseModel):
    """A tenant's own mail server and hold-out.

    `server` and `from_address` are required unless `hold_out_pct` is sent alone, which leaves the mail server as it is.
    Without `password`, the stored one is kept, provided that server, port and username stay the same; an empty
    `password` removes it. `hold_out_pct` is the percentage of customers who are left out of the reports; omit it to
    keep it.
    """

    server: Host | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    from_address: Sender | None = None
    username: Line = ""
    password: Annotated[str | None, Field(max_length=1000, json_schema_extra={"writeOnly": True})] = None
    use_tls: bool = True
    hold_out_pct: Annotated[int | None, Field(ge=0, le=MOST_PERCENT)] = None


class Config(BaseModel):
    """The mail server in use.

    `source` is `tenant` for the tenant's own server, `default` for the installation's, or `none` if mails are written
    to files. `hold_out_pct` is the percentage of customers who are left out of the reports; 0 for none.
    """

    source: str
    server: str | None
    port: int | None
    from_address: str
    username: str | None
    use_tls: bool | None
    has_password: bool
    updated_at: datetime | None
    hold_out_pct: int


class ConfigTest(BaseModel):
    """Whether the server could be reached and accepted the login and the sender, with its answer or the error."""

    ok: bool
    detail: str


class SendReports(BaseModel):
    """Which reports to send: without `report_date` those of yesterday, without `branch_codes` those of every enabled
    branch. `force` sends them again to reps who already have them.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"report_date": "2026-03-02", "branch_codes": ["D07"]}]})

    report_date: ReportDate | None = None
    branch_codes: Annotated[list[Code], Field(max_length=1000)] | None = None
    force: bool = False


class Delivery(BaseModel):
    """One report and its outcome.

    `status` is one of sending, sent, written (to a file), deferred, refused, failed, unknown (the connection was lost
    before the server's answer; the report is not sent again automatically), nothing_to_report and unsubscribed.
    """

    id: UUID
    job_id: UUID
    report_date: date
    branch_code: str
    branch_name: str
    sales_rep_name: str
    sales_rep_email: str
    status: str
    detail: str | None
    subject: str | None
    message_id: str | None
    customers: int
    tasks: int
    forced: bool
    created_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None


class DeliveryPage(BaseModel):
    """One page of the history."""

    data: list[Delivery]
    total: int
    page: int
    limit: int
    has_more: bool
