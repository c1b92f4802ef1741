"""Two models on one screen: what is shown of both, and how the second goes along with the first."""
