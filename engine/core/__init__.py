"""What happens to a card: commands, events, decisions and explanations; pure, without any I/O."""
