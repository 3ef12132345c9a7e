"""The office's pages of a round's evenings: who sits where, who is full, what went wrong."""
