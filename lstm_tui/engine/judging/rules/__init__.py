"""The textbook's equations, each held against what a cell computes."""
