"""Tests mirror the package; `benchmarks` prints ratios, `terminal` drives the real program."""
