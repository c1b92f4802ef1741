"""A network run over many rows at once: by PyTorch, by a parallel scan, or step by step."""
