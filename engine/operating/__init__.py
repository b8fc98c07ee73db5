"""What operators ask: whether everything is well, and mending what is not."""
