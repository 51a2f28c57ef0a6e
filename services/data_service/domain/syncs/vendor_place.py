"""The address to call for an account: the vendor's, or that of a stand-in (`STAND_INS`)."""

from common.stand_ins import stand_in_places
from services.data_service.domain.syncs.sync_run import SourceAccess


def vendor_place(access: SourceAccess, account: str, vendors_own: str) -> str:
    """The address for an account of the source's kind; `vendors_own` unless a stand-in is configured."""
    return stand_in_places(access.service.settings.stand_ins).get((access.source.kind, account), vendors_own)
