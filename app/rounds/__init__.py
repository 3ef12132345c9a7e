"""What is on offer, and when."""
