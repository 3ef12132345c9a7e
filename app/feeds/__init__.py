"""Talks at secret addresses: calendars to subscribe to, and a page within another site."""
