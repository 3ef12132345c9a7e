"""The school's own settings: name, colours, contact for help."""
