"""Model files: what they hold, as plain data. No torch at any depth."""
