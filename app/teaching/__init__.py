"""The teachers' pages: their talks, and the times at which they are away."""
