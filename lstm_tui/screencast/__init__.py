"""Recordings, and the scripts that make them."""
