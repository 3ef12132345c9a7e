"""Promises: written in the transaction of a change, and kept afterwards."""
