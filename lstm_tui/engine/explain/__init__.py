"""A unit's numbers and where they come from."""
