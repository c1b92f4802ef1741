"""What reads foreign bytes without trusting them: standard library only, run in a child process."""
