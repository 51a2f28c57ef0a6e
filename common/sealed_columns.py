"""List every column with sealed values, so that all are resealed. A test finds columns that are missing here."""

from typing import NamedTuple
from uuid import UUID


class SealedColumn(NamedTuple):
    """A column in the schema of a service. `key` is the column that identifies its rows."""

    service: str
    table: str
    column: str
    key: str

    def place(self, key: str | bytes | UUID) -> str:
        """Return the context with which the value of a row is sealed. A key of bytes is written in hex."""
        return f"{self.service}.{self.table}/{key.hex() if isinstance(key, bytes) else key}"


SIGNING_KEY = SealedColumn("auth", "signing_key", "sealed_private_key", "kid")
# The next two live only for minutes and for seconds. They are resealed too, so that nobody has to wait for their end.
SIGN_IN_SECRETS = SealedColumn("auth", "pending_sign_in", "sealed_secrets", "state_hash")
REFRESH_ANSWER = SealedColumn("auth", "refresh_token", "sealed_answer", "token_hash")
SMTP_PASSWORD = SealedColumn("email", "smtp_config", "password_sealed", "tenant_id")
SOURCE_SECRETS = SealedColumn("data", "source", "secrets_sealed", "source_id")

SEALED_COLUMNS = (SIGNING_KEY, SIGN_IN_SECRETS, REFRESH_ANSWER, SMTP_PASSWORD, SOURCE_SECRETS)
