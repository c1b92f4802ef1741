"""Inside one time step: the lines of a cell, and what each made."""
