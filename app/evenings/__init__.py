"""The evenings of a round, for who runs them: who sits where, who is full, what went wrong."""
