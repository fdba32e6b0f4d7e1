"""What does Pilothouse look like at work? A short film in the terminal, made of a real rehearsal."""
