"""All settings, read from the environment, then `.env`, then the file of the running stack, then defaults."""

import hashlib
import hmac
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, unquote, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from common.home_secrets import read_or_make_secret
from common.places import CHECKS_OF_PLACES
from common.running_stack import RunningStack
from common.sign_in_providers import sign_in_providers

SERVICES = ("gateway", "analytics", "data", "auth", "insights", "email", "realtime")
SERVICES_WITH_DATABASE = tuple(name for name in SERVICES if name != "gateway")
MIN_SECRET_BYTES = 32

Port = Annotated[int, Field(ge=1, le=65_535)]


def port_setting(service: str) -> str:
    """Return the name of the setting for the HTTP port of a service, by its short name (`data`, `gateway`, …)."""
    return "gateway_port" if service == "gateway" else f"{service}_service_port"


class Settings(BaseSettings):
    """Every setting of the system. The names are those of the environment variables, case-insensitive."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        # Otherwise an error would repeat the values, including secrets.
        hide_input_in_errors=True,
    )

    branchwise_home: Path = Path("var")
    environment: Literal["development", "test", "production"] = "development"
    debug: bool = False
    log_level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    base_url: str = "http://127.0.0.1:8000"
    cors_origins: str = "http://localhost:3000"

    postgres_host: str = ""
    postgres_port: Port = 5432
    postgres_user: str = "postgres"
    postgres_password: SecretStr = SecretStr("")
    postgres_database: str = "branchwise"
    database_url: str = ""
    database_pool_size: int = Field(default=5, ge=1, le=100)
    database_max_overflow: int = Field(default=10, ge=0, le=200)
    database_role_secret: SecretStr = SecretStr("")
    branchwise_pg_bin: str = ""

    nats_url: str = ""
    redis_url: str = ""
    answer_cache_mb: int = Field(default=64, ge=0, le=65_536)

    gateway_host: str = "127.0.0.1"
    gateway_port: Port = 8000
    gateway_metrics_port: int = Field(default=8007, ge=0, le=65_535)
    trusted_proxies: str = ""
    requests_per_second: int = Field(default=500, ge=1, le=1_000_000)
    analytics_service_port: Port = 8001
    data_service_port: Port = 8002
    auth_service_port: Port = 8003
    insights_service_port: Port = 8004
    email_service_port: Port = 8005
    realtime_service_port: Port = 8006

    jwt_algorithm: Literal["EdDSA", "HS256"] = "EdDSA"
    jwt_secret_key: SecretStr = SecretStr("")
    jwt_expiration_hours: float = Field(default=0.25, gt=0, le=720)
    refresh_token_days: float = Field(default=30, gt=0, le=365)
    secrets_key: SecretStr = SecretStr("")
    secrets_keys_old: SecretStr = SecretStr("")
    allow_private_hosts: str = ""
    ga4_endpoint: str = ""

    oauth_client_id: str = ""
    oauth_client_secret: SecretStr = SecretStr("")
    oauth_redirect_uri: str = ""
    oauth_issuer: str = "https://accounts.google.com"
    oauth_providers: SecretStr = SecretStr("")
    oauth_sign_up: Literal["open", "invited"] = "open"

    frontend_url: str = ""
    # At most the limit of the gateway (services/gateway/domain/body_limits.py).
    max_import_mb: int = Field(default=8_192, ge=1, le=8_192)
    s3_bucket: str = ""
    s3_region: str = ""
    s3_endpoint: str = ""
    s3_access_key_id: str = ""
    s3_secret_access_key: SecretStr = SecretStr("")

    wording_url: str = ""
    wording_key: SecretStr = SecretStr("")
    wording_model: str = ""
    wording_timeout_seconds: float = Field(default=10, gt=0, le=60)

    sync_slots: int = Field(default=16, ge=1, le=1000)
    stand_ins: str = ""
    meta_graph_url: str = "https://graph.facebook.com"

    default_smtp_server: str = ""
    default_smtp_port: Port = 587
    default_smtp_username: str = ""
    default_smtp_password: SecretStr = SecretStr("")
    default_from_email: str = "reports@branchwise.example"
    default_use_tls: bool = True

    @field_validator("branchwise_home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator(*CHECKS_OF_PLACES)
    @classmethod
    def _check_address(cls, value: str, info: ValidationInfo) -> str:
        CHECKS_OF_PLACES[str(info.field_name)](value)
        return value

    @field_validator("secrets_key")
    @classmethod
    def _check_secrets_key(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if key and (len(key.encode()) < MIN_SECRET_BYTES or "," in key or key != key.strip()):
            message = f"SECRETS_KEY needs at least {MIN_SECRET_BYTES} bytes, without commas and outer blanks"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _check_jwt_secret(self) -> "Settings":
        secret = self.jwt_secret_key.get_secret_value()
        if self.jwt_algorithm == "HS256" and len(secret.encode()) < MIN_SECRET_BYTES:
            message = f"JWT_ALGORITHM=HS256 needs a JWT_SECRET_KEY of at least {MIN_SECRET_BYTES} bytes"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_wording(self) -> "Settings":
        if bool(self.wording_url) != bool(self.wording_model):
            message = "WORDING_URL and WORDING_MODEL need each other: where to ask, and which model"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_sign_in_providers(self) -> "Settings":
        sign_in_providers(self)
        return self

    @model_validator(mode="after")
    def _apply_debug(self) -> "Settings":
        """`DEBUG` only enables detailed logs. `LOG_LEVEL` takes precedence if it is set."""
        if self.debug and "log_level" not in self.model_fields_set:
            self.log_level = "DEBUG"
        return self

    @model_validator(mode="after")
    def _apply_database_url(self) -> "Settings":
        """Set the POSTGRES_… settings from `DATABASE_URL`, unless `POSTGRES_HOST` is set."""
        if self.database_url and not self.postgres_host:
            url = urlsplit(self.database_url)
            self.postgres_host = url.hostname or "127.0.0.1"
            self.postgres_port = url.port or self.postgres_port
            self.postgres_user = unquote(url.username) if url.username else self.postgres_user
            self.postgres_password = SecretStr(unquote(url.password)) if url.password else self.postgres_password
            self.postgres_database = unquote(url.path.strip("/")) or self.postgres_database
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the file of the running stack last, so that everything set by a person takes precedence."""
        del file_secret_settings
        return init_settings, env_settings, dotenv_settings, RunningStack(settings_cls)

    @property
    def home(self) -> Path:
        """The folder with all state. It is not a field, whose environment variable would be the user's own HOME."""
        return self.branchwise_home

    @property
    def cors_origin_list(self) -> list[str]:
        """`CORS_ORIGINS`, split at commas."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]

    @property
    def bus_url(self) -> str:
        """The address of the event bus: `NATS_URL`, or NATS at its default port on this machine."""
        return self.nats_url or "nats://127.0.0.1:4222"

    def port_of(self, service: str) -> int:
        """Return the HTTP port of a service, by its short name (`data`, `gateway`, …)."""
        return int(getattr(self, port_setting(service)))

    def url_of(self, service: str) -> str:
        """Return the address at which other services reach a service."""
        host = self.gateway_host if service == "gateway" else "127.0.0.1"
        if host in ("0.0.0.0", "::"):  # noqa: S104 -- it listens everywhere, so here too
            host = "127.0.0.1"
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port_of(service)}"

    def secret_file(self, name: str) -> str:
        """Read a secret of this home. The first call creates it: 32 random bytes in hex."""
        return read_or_make_secret(self.home / "secrets" / name)

    def role_password(self, role: str) -> str:
        """Return the password of a login role. It is derived from one secret for all roles, so that none is stored."""
        return self.derived_secret(f"role {role}")

    def derived_secret(self, purpose: str) -> str:
        """Return a secret for one purpose, in hex: the same in all processes and after restarts, and not stored."""
        secret = self.database_role_secret.get_secret_value() or self.secret_file("database_role_secret")
        return hmac.new(secret.encode(), f"branchwise {purpose}".encode(), hashlib.sha256).hexdigest()

    def dsn(self, service: str) -> str:
        """Return the connection string for the login role of a service."""
        role = f"branchwise_{service}"
        return self._dsn(role, self.role_password(role))

    def admin_dsn(self, database: str | None = None) -> str:
        """Return the connection string of the user that runs migrations (needs CREATEROLE, not superuser)."""
        return self._dsn(self.postgres_user, self.postgres_password.get_secret_value(), database)

    def _dsn(self, user: str, password: str, database: str | None = None) -> str:
        host_and_database = (
            f"{self.postgres_host or '127.0.0.1'}:{self.postgres_port}/{database or self.postgres_database}"
        )
        return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@{host_and_database}"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process, which are read once."""
    return Settings()
