"""What reads a stranger's bytes without trust, in a child process: standard library only, and `pyfive` for HDF5."""
