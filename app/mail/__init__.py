"""One message: composing it and handing it to SMTP."""
