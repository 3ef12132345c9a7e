"""Programs of others that read what the site writes for calendars: they judge, not we."""
