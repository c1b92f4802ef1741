"""Which tensor means what: parameters by name and shape become layers, ends and a vocabulary."""
