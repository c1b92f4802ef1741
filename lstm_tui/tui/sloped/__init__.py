"""Derivatives on the screen, in place of values."""
