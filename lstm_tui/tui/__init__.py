"""The screen. Importing this package loads neither Textual nor torch; `lstm_tui.tui.app` does the first."""
