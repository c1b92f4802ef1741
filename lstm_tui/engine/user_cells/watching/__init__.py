"""What a user's own code holds and makes while it runs: by tracing its lines, by its locals, by torch's functions."""
