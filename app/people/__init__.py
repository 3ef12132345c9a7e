"""The office's pages about people: find them, show their page, and book for families that call."""
