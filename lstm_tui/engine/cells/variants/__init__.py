"""Cells to compare the LSTM with: a page each."""
