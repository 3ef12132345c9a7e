"""The office's pages of plans: make one, look at it, publish it, take it back."""
