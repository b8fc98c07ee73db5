"""The pages in a real browser: for each role, by mouse, by keyboard, with scripts and without."""
