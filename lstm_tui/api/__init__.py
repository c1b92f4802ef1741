"""What a script or a REPL calls: `calls` opens and traces models, `traced` is what comes of a trace."""
