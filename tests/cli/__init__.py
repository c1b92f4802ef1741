"""The commands as a shell sees them: exit codes, one sentence on standard error, what stands on standard output."""
