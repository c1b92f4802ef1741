"""Learning a text."""
