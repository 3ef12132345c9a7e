"""Talks that the school takes away: doing it, and which families have not answered yet."""
