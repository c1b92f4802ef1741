"""Commands that answer a question without a screen."""
