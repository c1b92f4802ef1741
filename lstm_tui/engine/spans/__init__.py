"""Numbers of a span of steps at once: a few units over time, whole arrays, how far they reach, what is printed."""
