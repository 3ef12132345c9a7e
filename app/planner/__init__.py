"""The nightly plan: what is asked for, placed around what is booked."""
