"""What a calendar of Microsoft or Google says about a talk, and the meeting that goes with it."""
