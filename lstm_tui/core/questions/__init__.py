"""What can be asked about a text and a model: which numbers, which units, which steps, a loss of what."""
