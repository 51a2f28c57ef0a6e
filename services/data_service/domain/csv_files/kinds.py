"""The kinds of CSV files and their columns, named as in the contract and ordered as in their tables."""

from typing import Final, Literal, NamedTuple

Form = Literal[
    "id",
    "digits",
    "text",
    "day",
    "moment",
    "count",
    "number",
    "money",
    "rate",
    "currency",
    "flag",
    "platform",
    "status",
]
DATE_FORMS: Final = ("day", "moment")
NUMBER_FORMS: Final = ("count", "number", "money", "rate")


class Column(NamedTuple):
    """One of our columns.

    `blank` is the value of an empty cell. An empty cell of a required column without `blank` is rejected. The form
    `digits` is text that spreadsheets mistake for a number, such as a phone.
    """

    name: str
    form: Form = "text"
    is_required: bool = False
    blank: str = ""


class FileKind(NamedTuple):
    """A kind of CSV file.

    `table` is the table of its rows, and the name under which new rows are counted. The first `key` of `columns` are
    the table's key. With `keeps_others`, the file's additional columns are stored with its rows.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    key: int = 1
    keeps_others: bool = True

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns that a file must have."""
        return tuple(column.name for column in self.columns if column.is_required)

    @property
    def money(self) -> tuple[str, ...]:
        """The names of the columns that hold money."""
        return tuple(column.name for column in self.columns if column.form == "money")

    @property
    def has_currency(self) -> bool:
        """Whether rows have a currency of their own; if not, their money is in the tenant's currency."""
        return any(column.form == "currency" for column in self.columns)

    @property
    def staged_columns(self) -> tuple[str, ...]:
        """The columns of a staged row. A moment takes two: its day, and its instant if the file gives a time."""
        names: list[str] = []
        for column in self.columns:
            if column.form == "moment":
                names.append(column.name.replace("_at", "_day"))
            names.append(column.name)
        return (*names, "attributes") if self.keeps_others else tuple(names)


def _optional(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


_LEADS: Final = (
    Column("lead_id", "id", is_required=True),
    Column("created_at", "moment", is_required=True),
    *_optional("name", "email"),
    Column("phone", "digits"),
    *_optional("utm_source", "utm_medium", "utm_campaign"),
    Column("utm_id", "digits"),
    *_optional("utm_term", "utm_content"),
    *_optional("gclid", "gbraid", "wbraid", "fbclid", "fbc", "referrer"),
    Column("product_id", "id"),
    Column("product_name"),
    Column("location_id", "id"),
    Column("is_paid", "flag"),
    Column("platform", "platform"),
)
_CONTRACTS: Final = (
    Column("contract_id", "id", is_required=True),
    Column("lead_id", "id", is_required=True),
    Column("signed_at", "moment", is_required=True),
    Column("amount", "money", is_required=True),
    Column("currency", "currency"),
    Column("status", "status", blank="signed"),
)
# Exports leave cells of zero empty.
_CAMPAIGN_PERFORMANCE: Final = (
    Column("date", "day", is_required=True),
    Column("platform", "platform", is_required=True),
    Column("campaign_id", "id", is_required=True),
    Column("campaign_name", is_required=True),
    Column("impressions", "count", is_required=True, blank="0"),
    Column("clicks", "count", is_required=True, blank="0"),
    Column("spend", "money", is_required=True, blank="0"),
    Column("account_id", "id"),
    Column("conversions", "number", blank="0"),
    Column("revenue", "money", blank="0"),
    Column("currency", "currency"),
)
_USERS: Final = (
    Column("user_id", "id", is_required=True),
    *_optional("buying_company_name", "email"),
    Column("cell_phone", "digits"),
    Column("office_phone", "digits"),
    Column("location_id", "id"),
)
_LOCATIONS: Final = (
    Column("location_id", "id", is_required=True),
    Column("location_name", is_required=True),
    *_optional("city", "state"),
)
_PRODUCTS: Final = (
    Column("product_id", "id", is_required=True),
    Column("product_name", is_required=True),
    Column("category"),
    Column("price", "money"),
)
_FX_RATES: Final = (
    Column("date", "day", is_required=True),
    Column("currency", "currency", is_required=True),
    Column("base", "currency"),
    Column("rate", "rate", is_required=True),
)

CAMPAIGN_PERFORMANCE: Final = "campaign-performance"
FX_RATES: Final = "fx-rates"
FILE_KINDS: Final[dict[str, FileKind]] = {
    kind.name: kind
    for kind in (
        FileKind("users", "users", _USERS),
        FileKind("locations", "locations", _LOCATIONS),
        FileKind("products", "product", _PRODUCTS),
        FileKind("leads", "lead", _LEADS),
        FileKind("contracts", "contract", _CONTRACTS),
        FileKind(CAMPAIGN_PERFORMANCE, "ad_performance", _CAMPAIGN_PERFORMANCE),
        FileKind(FX_RATES, "fx_rate", _FX_RATES, key=3, keeps_others=False),
    )
}
