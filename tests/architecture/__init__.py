"""Rules about the code itself, held by reading it."""
