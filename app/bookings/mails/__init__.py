"""Mails about talks."""
