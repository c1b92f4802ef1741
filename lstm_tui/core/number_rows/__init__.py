"""Rows of numbers, one a step: how files hold them, how they are scaled, and what a model reads of them."""
