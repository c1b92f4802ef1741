"""HDF5, as Keras writes it, and the zip files that Keras packs it into. `pyfive` finds the structure, and no more."""
