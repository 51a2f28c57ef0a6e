"""Every column that holds sealed values: who reseals must know them all, and a test finds one that is missing here."""

from typing import NamedTuple
from uuid import UUID


class SealedColumn(NamedTuple):
    """A column of a service's own schema, whose rows `key` tells apart."""

    service: str
    table: str
    column: str
    key: str

    def place(self, key: str | bytes | UUID) -> str:
        """The context that a row's value is sealed for; hashes in hex."""
        return f"{self.service}.{self.table}/{key.hex() if isinstance(key, bytes) else key}"


SIGNING_KEY = SealedColumn("auth", "signing_key", "sealed_private_key", "kid")
# These two live for minutes and for seconds. They are resealed like all, so that nobody has to wait for them.
SIGN_IN_SECRETS = SealedColumn("auth", "pending_sign_in", "sealed_secrets", "state_hash")
REFRESH_ANSWER = SealedColumn("auth", "refresh_token", "sealed_answer", "token_hash")
SMTP_PASSWORD = SealedColumn("email", "smtp_config", "password_sealed", "tenant_id")
SOURCE_SECRETS = SealedColumn("data", "source", "secrets_sealed", "source_id")

SEALED_COLUMNS = (SIGNING_KEY, SIGN_IN_SECRETS, REFRESH_ANSWER, SMTP_PASSWORD, SOURCE_SECRETS)
