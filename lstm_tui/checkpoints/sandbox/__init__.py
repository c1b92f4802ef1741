"""What reads a stranger's bytes without trusting them: standard library only, run in a child process."""
