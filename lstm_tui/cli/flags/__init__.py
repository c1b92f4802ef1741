"""The options of the commands, and what can be typed after each."""
