"""The family's pages: the table of times, their talks, and their answer to a called-off talk."""
