"""Rounds: which talks are offered, and when."""
