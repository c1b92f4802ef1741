"""A class of the user's own file as a cell."""
