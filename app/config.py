"""All settings of the operator, with name, type, default and meaning.

They are read from environment variables with the prefix ``TIENMINUTEN_``. Invalid settings stop
the start, and the message names all of them.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

INSTANCE = Path(__file__).resolve().parent.parent / "instance"


SHORTEST_KEY = 32


class Settings(BaseSettings):
    """What the operator of the installation decides."""

    model_config = SettingsConfigDict(env_prefix="TIENMINUTEN_", frozen=True)

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

    @property
    def https(self) -> bool:
        """Whether the site is reached over https."""
        return self.site_url.startswith("https://")

    def signing_key(self) -> str:
        """Return the key that signs cookies: the operator's, or one generated once and kept."""
        return self.secret_key or _kept_key(INSTANCE / "secret-key")

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < SHORTEST_KEY:
            raise ValueError("needs at least 32 random characters")
        return value

    @field_validator("site_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with https:// (or http://)")
        return value


def load_settings() -> Settings:
    """Read the settings from the environment; on errors exit and describe all of them."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "\n".join(
            f"  TIENMINUTEN_{'_'.join(map(str, fault['loc'])).upper()}: "
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
