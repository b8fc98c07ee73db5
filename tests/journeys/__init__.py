"""The whole of Phaseline as people use it: from the first start to a killed server."""
