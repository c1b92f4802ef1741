"""What in the past mattered, as plain numbers."""
