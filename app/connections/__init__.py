"""The office's pages about the calendars of teachers."""
