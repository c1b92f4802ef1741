"""What is written to a terminal: only what changed, no faster than it is read."""
