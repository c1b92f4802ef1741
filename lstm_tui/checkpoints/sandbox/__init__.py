"""What reads foreign bytes without trust, in a child process: standard library only, and `pyfive` for HDF5."""
