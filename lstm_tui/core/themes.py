"""The colour themes by name, as the command line takes them and a kept session remembers them."""

THEMES = ("dark", "light", "contrast", "projector")
