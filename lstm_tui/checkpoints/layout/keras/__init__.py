"""Keras's layers and what they mean: their names, orders and settings become PyTorch's tensors and rows."""
