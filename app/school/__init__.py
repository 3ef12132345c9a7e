"""People and structure of the school, as imported."""
