"""Opening a source's property."""

from services.data_service.domain.syncs.source_settings import Ga4Config
from services.data_service.domain.syncs.sync_run import SourceAccess
from services.data_service.domain.syncs.vendor_place import vendor_place
from services.data_service.sources.ga4.client import Ga4Client


def open_property(access: SourceAccess, config: Ga4Config) -> Ga4Client:
    """The client of the source's property, with its key; makes no call yet."""
    endpoint = vendor_place(access, config.property_id, access.service.settings.ga4_endpoint)
    return Ga4Client(config.property_id, endpoint, access.secrets.get("credentials", ""))
