"""Change the times of a round in which talks are booked: find conflicts and resolve them."""
