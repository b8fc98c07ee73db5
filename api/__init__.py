"""HTTP: the API, the pages and the command line."""
