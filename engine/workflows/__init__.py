"""The Temporal workflows around the core; they decide nothing themselves."""
