"""Opening a source's property."""

from services.data_service.domain.source_settings import Ga4Config
from services.data_service.domain.sync_run import SourceAccess
from services.data_service.sources.ga4.client import Ga4Client


def open_property(access: SourceAccess, config: Ga4Config) -> Ga4Client:
    """The client of the source's property, with its key; nothing is called yet."""
    settings = access.service.settings
    return Ga4Client(config.property_id, settings.ga4_endpoint, access.secrets.get("credentials", ""))
