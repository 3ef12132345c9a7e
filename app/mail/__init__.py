"""Compose mails and pass them to SMTP."""
