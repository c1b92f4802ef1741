"""Files by name: how far a name may reach, reading, and writing out of sight."""
