"""The API for programs, one module a resource; pages read and send through the same functions."""
