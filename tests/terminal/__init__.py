"""Drives the installed program in a pseudo-terminal and reads its screen."""
