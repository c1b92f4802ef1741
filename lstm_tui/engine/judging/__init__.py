"""What a user's cell computes, read off the operations of one call, and held against the textbook's equations."""
