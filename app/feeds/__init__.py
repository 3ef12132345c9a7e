"""Talks in programs of others: at secret addresses, and mailed to calendars of teachers."""
