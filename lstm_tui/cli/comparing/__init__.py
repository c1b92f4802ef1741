"""Two models side by side, from the command line."""
