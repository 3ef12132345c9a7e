"""Which provider there is. Their libraries are loaded with the first event, not with the site."""

from enum import StrEnum
from functools import cache

from app.calendars.provider import Provider
from app.config import Settings


class ProviderName(StrEnum):
    """Where a teacher's calendar is. Rows store these values: renaming one needs a migration."""

    MICROSOFT = "microsoft"
    GOOGLE = "google"


def has_provider(name: ProviderName, settings: Settings) -> bool:
    """Return whether the operator has set this provider."""
    of = {ProviderName.MICROSOFT: settings.has_microsoft, ProviderName.GOOGLE: settings.has_google}
    return of[name]


@cache  # per process: what it holds is tokens, which save requests
def provider_of(name: ProviderName, settings: Settings) -> Provider:
    """Return a provider. Nothing is asked yet; one that is not set raises Unprepared when asked."""
    if name is ProviderName.MICROSOFT:
        from app.calendars.teams import Teams  # noqa: PLC0415  half a second and 30 MB

        return Teams(settings)
    from app.calendars.meet import Meet  # noqa: PLC0415  half a second and 30 MB

    return Meet(settings)
