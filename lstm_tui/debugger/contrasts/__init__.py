"""What was changed, and what it changed: interventions, and two runs beside each other."""
