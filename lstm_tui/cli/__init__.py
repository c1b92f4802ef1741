"""Everything typed after `lstm-tui`."""
