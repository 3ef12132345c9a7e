"""Talks that the school calls off, and which families have not answered yet."""
