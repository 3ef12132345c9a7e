"""Who has whose time."""
