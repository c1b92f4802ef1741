"""What in the past mattered, and where a network goes from here."""
