"""The files this program writes itself."""
