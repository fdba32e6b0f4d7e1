"""What does Pilothouse look like at work? A film of a real rehearsal, for the terminal."""
