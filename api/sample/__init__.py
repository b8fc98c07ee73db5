"""A believable sample: a company, its people, and its cards in all phases of the shipped pipes."""
