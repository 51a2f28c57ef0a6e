"""Where an account is asked: at its vendor's, but for those that a stand-in answers for (`STAND_INS`)."""

from common.stand_ins import stand_in_places
from services.data_service.domain.syncs.sync_run import SourceAccess


def vendor_place(access: SourceAccess, account: str, vendors_own: str) -> str:
    """The place for an account of the source's kind."""
    return stand_in_places(access.service.settings.stand_ins).get((access.source.kind, account), vendors_own)
