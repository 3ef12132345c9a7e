"""The ground everything stands on; knows nothing of schools."""
