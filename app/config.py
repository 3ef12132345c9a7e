"""Every setting of the operator: its name, type, default and meaning.

Read from the environment with the prefix ``TIENMINUTEN_``, or from a file for
secrets: ``TIENMINUTEN_SECRET_KEY_FILE`` is not a second mechanism but
pydantic's ``secrets_dir``. Faults stop the start and are all named at once.
"""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

INSTANCE = Path(__file__).resolve().parent.parent / "instance"


class Settings(BaseSettings):
    """What the operator of the installation decides."""

    model_config = SettingsConfigDict(env_prefix="TIENMINUTEN_", frozen=True)

    database_url: str = Field(
        default=f"sqlite:///{INSTANCE}/tienminuten.db",
        description="SQLite for one school; postgresql+psycopg://… from several schools on.",
    )
    secret_key: str = Field(
        default="", description="At least 32 characters; signs cookies. Keep it and never share it."
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
        default=0, ge=0, le=3, description="How many proxies stand in front and set X-Forwarded-For."
    )
    demo: bool = Field(
        default=False, description="Demo school: sign-in by one click on loopback, mails in a box."
    )

    @property
    def https(self) -> bool:
        """Whether the site is reached over https."""
        return self.site_url.startswith("https://")

    @model_validator(mode="after")
    def _needs_a_secret(self) -> Self:
        if not self.demo and len(self.secret_key) < 32:
            raise ValueError("set TIENMINUTEN_SECRET_KEY to at least 32 random characters")
        if not self.site_url.startswith(("http://", "https://")):
            raise ValueError("TIENMINUTEN_SITE_URL must begin with https:// (or http://)")
        return self
