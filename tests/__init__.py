"""The tests, mirroring the packages; whole journeys are in tests/journeys."""
