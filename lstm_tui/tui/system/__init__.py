"""What the screen needs of the world outside: themes, characters, signals, files."""
