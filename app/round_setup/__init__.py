"""The office's pages to create rounds and lead them from draft to archive."""
