"""Talks that families ask for without choosing a time, and when they cannot come."""
