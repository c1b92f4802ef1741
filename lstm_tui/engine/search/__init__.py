"""Looking for steps where a condition holds, many steps at a time."""
