"""Speed and size, as ratios to a baseline measured in the same run: `python -m tests.benchmarks` prints the table."""
