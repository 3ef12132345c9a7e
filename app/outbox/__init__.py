"""Promises: written with the change, kept afterwards."""
