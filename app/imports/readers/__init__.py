"""Readers for the files of other systems with the school's data."""
