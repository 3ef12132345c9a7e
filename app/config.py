"""All settings of the operator, with name, type, default and meaning.

They are read from environment variables with the prefix ``TIENMINUTEN_``; those of calendars have
names without it, which an installation shares with other programs. Invalid settings stop the start,
and the message names all of them.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.addresses import is_address

INSTANCE = Path(__file__).resolve().parent.parent / "instance"


SHORTEST_KEY = 32


class Settings(BaseSettings):
    """What the operator of the installation decides."""

    model_config = SettingsConfigDict(env_prefix="TIENMINUTEN_", frozen=True, populate_by_name=True)

    database_url: str = Field(
        default=f"sqlite:///{INSTANCE}/tienminuten.db",
        description="SQLite for one school; postgresql+psycopg://… from several schools on.",
    )
    secret_key: str = Field(
        default="",
        description="At least 32 characters; signs cookies. Empty: made once and kept in instance/.",
    )
    site_url: str = Field(
        default="http://127.0.0.1:5000",
        description="The address in mails; links are never built from what a browser says.",
    )
    smtp_host: str = Field(default="", description="Empty: mails wait until a host is set.")
    smtp_port: int = Field(default=587, description="587 with STARTTLS, 465 with TLS, 25 plain.")
    smtp_user: str = Field(default="", description="Empty: no sign-in at the mail server.")
    smtp_password: str = Field(default="", description="The password of smtp_user.")
    smtp_tls: str = Field(
        default="starttls", pattern="^(starttls|tls|none)$", description="starttls, tls or none."
    )
    mail_from: str = Field(
        default="tienminuten@school.example", description="The sender of all mails."
    )
    proxies: int = Field(
        default=0,
        ge=0,
        le=3,
        description="How many proxies stand in front and set X-Forwarded-For.",
    )
    demo: bool = Field(
        default=False, description="Demo school: sign-in by one click on loopback, mails in a box."
    )

    ms_tenant_id: str = Field(
        default="",
        validation_alias="MS_TENANT_ID",
        description="The school's tenant at Microsoft. Empty: no Outlook and no Teams.",
    )
    ms_client_id: str = Field(
        default="",
        validation_alias="MS_CLIENT_ID",
        description="The app registration there. Empty: no Outlook and no Teams.",
    )
    ms_client_secret: str = Field(
        default="",
        validation_alias="MS_CLIENT_SECRET",
        repr=False,
        description="Its client secret, if it has no certificate.",
    )
    ms_client_secret_file: str = Field(
        default="",
        validation_alias="MS_CLIENT_SECRET_FILE",
        description="A file with the client secret, instead of MS_CLIENT_SECRET.",
    )
    ms_client_certificate_file: str = Field(
        default="",
        validation_alias="MS_CLIENT_CERTIFICATE_FILE",
        description="The certificate of the app registration (PEM); goes before a secret.",
    )
    ms_client_certificate_key_file: str = Field(
        default="",
        validation_alias="MS_CLIENT_CERTIFICATE_KEY_FILE",
        description="The private key of that certificate (PEM).",
    )
    ms_authority: str = Field(
        default="",
        validation_alias="MS_AUTHORITY",
        description="Where Microsoft signs in, with the tenant; empty: "
        "https://login.microsoftonline.com/ and MS_TENANT_ID. For national clouds.",
    )
    graph_base_url: str = Field(
        default="https://graph.microsoft.com/v1.0",
        validation_alias="GRAPH_BASE_URL",
        description="The address of Microsoft Graph. For national clouds.",
    )
    graph_scope: str = Field(
        default="https://graph.microsoft.com/.default",
        validation_alias="GRAPH_SCOPE",
        description="What a token of Microsoft is for; a national cloud has its own.",
    )
    google_service_account_file: str = Field(
        default="",
        validation_alias="GOOGLE_SERVICE_ACCOUNT_FILE",
        description="The key file of the service account at Google (JSON). "
        "Empty: no Google Calendar and no Meet.",
    )
    google_calendar_endpoint: str = Field(
        default="",
        validation_alias="GOOGLE_CALENDAR_ENDPOINT",
        description="Another address of Google Calendar, ending with /calendar/v3/.",
    )
    google_workspace_domain: str = Field(
        default="",
        validation_alias="GOOGLE_WORKSPACE_DOMAIN",
        description="The school's domain at Google; teachers outside it are not tried.",
    )
    calendar_http_timeout: float = Field(
        default=20,
        gt=0,
        le=60,
        validation_alias="CALENDAR_HTTP_TIMEOUT",
        description="Seconds to wait for each answer of Microsoft or Google.",
    )
    calendar_poll_seconds: str = Field(
        default="2,5,15,60,300",
        pattern=r"^[1-9]\d*(,[1-9]\d*)*$",
        validation_alias="CALENDAR_POLL_SECONDS",
        description="The waits for a link that comes late; the last one is repeated.",
    )
    calendar_retry_base_seconds: float = Field(
        default=5,
        gt=0,
        validation_alias="CALENDAR_RETRY_BASE_SECONDS",
        description="The first wait after a failure; each further one is twice as long.",
    )
    calendar_retry_max_seconds: float = Field(
        default=900,
        gt=0,
        validation_alias="CALENDAR_RETRY_MAX_SECONDS",
        description="The longest wait after a failure, unless a provider asks for a longer one.",
    )
    calendar_max_per_mailbox: int = Field(
        default=2,
        ge=1,
        le=4,
        validation_alias="CALENDAR_MAX_PER_MAILBOX",
        description="How many requests about one teacher's mailbox the site has at once.",
    )
    ical_uid_host: str = Field(
        default="",
        validation_alias="ICAL_UID_HOST",
        description="The end of each talk's name in calendars; empty: the host of site_url. Before "
        "the site gets another name, set the old one here, or calendars show talks twice.",
    )

    @property
    def https(self) -> bool:
        """Whether the site is reached over https."""
        return self.site_url.startswith("https://")

    @property
    def has_microsoft(self) -> bool:
        """Whether talks can stand in calendars of Microsoft."""
        return bool(self.ms_tenant_id and self.ms_client_id)

    @property
    def has_google(self) -> bool:
        """Whether talks can stand in calendars of Google."""
        return bool(self.google_service_account_file)

    @property
    def authority(self) -> str:
        """Where Microsoft signs us in."""
        return self.ms_authority or f"https://login.microsoftonline.com/{self.ms_tenant_id}"

    @property
    def uid_host(self) -> str:
        """The end of the names of calendar events."""
        return self.ical_uid_host or urlsplit(self.site_url).hostname or ""

    @property
    def poll_seconds(self) -> tuple[int, ...]:
        """The waits for a link that comes late."""
        return tuple(map(int, self.calendar_poll_seconds.split(",")))

    def signing_key(self) -> str:
        """Return the key that signs cookies: the operator's, or one generated once and kept.

        Exits with a sentence if it can neither be read nor be kept.
        """
        path = INSTANCE / "secret-key"
        try:
            key = self.secret_key or _kept_key(path)
        except OSError as error:
            raise SystemExit(
                f"The site cannot keep a key in {path} ({error.strerror}): "
                "set TIENMINUTEN_SECRET_KEY to at least 32 random characters."
            ) from None
        if len(key) < SHORTEST_KEY:
            raise SystemExit(
                f"The key in {path} is too short: delete that file, or set TIENMINUTEN_SECRET_KEY."
            )
        return key

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < SHORTEST_KEY:
            raise ValueError("needs at least 32 random characters")
        return value

    @field_validator("site_url", "graph_base_url", "google_calendar_endpoint")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with https:// (or http://)")
        return value

    @field_validator("site_url")
    @classmethod
    def _is_whole_host(cls, value: str) -> str:
        """Refuse a path: the site needs a host of its own.

        Another program on the same host could read every page of ours with the visitor's session,
        and ``__Host-`` cookies cannot be kept to a path (RFC 6265bis 4.1.3.2).
        """
        url = urlsplit(value)
        if url.path.strip("/") or url.query or url.fragment:
            raise ValueError(
                "must have no path: give the site a host of its own, such as "
                "https://gesprekken.school.example"
            )
        return value.rstrip("/")

    @field_validator("mail_from")
    @classmethod
    def _is_mail_address(cls, value: str) -> str:
        if not is_address(value):
            raise ValueError("must be one mail address, without a name beside it")
        return value

    @field_validator("ms_authority")
    @classmethod
    def _is_authority(cls, value: str) -> str:
        if value and not (value.startswith("https://") and urlsplit(value).path.strip("/")):
            raise ValueError("must begin with https:// and name the tenant")
        return value.rstrip("/")


def name_of(field: str) -> str:
    """Return the environment variable of a field, or of the variable itself."""
    if field.isupper():
        return field
    alias = Settings.model_fields[field].validation_alias
    return str(alias or f"TIENMINUTEN_{field.upper()}")


def load_settings() -> Settings:
    """Read the settings from the environment; on errors exit and describe all of them."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "\n".join(
            f"  {name_of('_'.join(map(str, fault['loc'])))}: "
            f"{fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        )
        raise SystemExit(f"The site cannot start with these settings:\n{faults}") from error


def _kept_key(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        # If several processes start at once, all use the key of the first.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
