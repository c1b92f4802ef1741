"""`lstm-tui`, and `python -m lstm_tui`: nothing is imported before Ctrl+C ends it without a traceback."""

import sys


def main() -> int:
    """The command line; its exit code."""
    try:
        from lstm_tui.core.starting import collector

        collector.pause_for_imports()
        from lstm_tui.cli.commands import main as run
    except KeyboardInterrupt:
        return 130
    code = run()
    if code > 128:
        from lstm_tui.tui.system.signals import die_of

        die_of(code)
    return code


if __name__ == "__main__":
    sys.exit(main())
