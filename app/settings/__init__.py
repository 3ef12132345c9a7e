"""What the school itself sets: name, colours, contact for help."""
