"""What the keys do, one file a concern."""
