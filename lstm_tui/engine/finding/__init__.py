"""Which units follow a track of the text."""
