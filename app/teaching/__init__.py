"""The pages of teachers: who comes when, and when they are away."""
