"""Who sends a request: passwords, sessions, tokens, and the guard against forged requests."""
