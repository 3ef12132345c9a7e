"""Prints, spreadsheets and the evening pack: everything that leaves the site as paper or file."""
