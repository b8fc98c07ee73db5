"""How cards behave: the pure core, the workflows around it, and the store."""
