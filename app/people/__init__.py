"""The office's desk for families: finding people, their page, and talks for who calls."""
