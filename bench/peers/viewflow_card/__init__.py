"""The Django app of the viewflow peer: Django asks that a flow belongs to one."""
