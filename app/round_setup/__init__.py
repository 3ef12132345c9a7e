"""Making rounds and leading them from draft to archive."""
