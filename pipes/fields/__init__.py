"""The kinds of fields a form can have, and what a valid value of each is."""
