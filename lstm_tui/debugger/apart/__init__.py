"""The debugger of a user's own cell, in a process of its own behind the same door."""
