"""The log of changes as the administrator reads it; ``audit`` writes it, far below."""
