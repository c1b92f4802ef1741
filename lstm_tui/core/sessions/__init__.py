"""What is kept of a debugger that ended: its form, its folder, and whose it is."""
