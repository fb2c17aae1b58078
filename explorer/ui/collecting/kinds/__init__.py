"""One file for each kind of example that can be collected."""
