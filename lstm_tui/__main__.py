"""`python -m lstm_tui` is `lstm-tui`."""

import sys

from lstm_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
