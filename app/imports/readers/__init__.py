"""Files of other systems, for reading the school's data."""
