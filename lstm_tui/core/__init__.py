"""Plain Python that everybody shares: steps, quantities, vocabularies, options, files, errors."""
