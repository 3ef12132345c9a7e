"""The administrator's view of the log of changes; ``audit`` writes it, in a lower layer."""
