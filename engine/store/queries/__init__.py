"""What screens and lists read, one module for each; who may see what is part of each query."""
