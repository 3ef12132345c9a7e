"""A round planned anew while talks are booked in it: what conflicts, and what becomes of it."""
