"""From files and live modules to networks, and back to files."""
