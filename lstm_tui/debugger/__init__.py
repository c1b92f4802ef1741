"""The door between a model and everyone who looks at it: verbs in, frozen steps out. No torch is imported here."""
