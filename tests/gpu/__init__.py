"""What only a machine with a GPU can show: `python -m tests.gpu` prints the table, in under four minutes.

It needs torch with CUDA, numpy and safetensors; neither textual nor pytest.
"""
