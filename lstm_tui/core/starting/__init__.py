"""What happens before anything is seen."""
