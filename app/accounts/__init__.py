"""Who signs in, and as whom."""
