"""Derivatives on the screen, in the place of values."""
