"""Who runs the rounds."""

from app.core.access import Role

OFFICE = (Role.ADMINISTRATOR, Role.SCHEDULER)
