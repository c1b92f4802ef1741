"""What the keys do, one file for each concern."""
