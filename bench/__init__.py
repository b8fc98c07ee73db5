"""How fast it is on this machine, with the floor beside it: what the parts below cost alone."""
