"""A believable sample: one company, its people, and its cards in all phases of the shipped pipes."""
