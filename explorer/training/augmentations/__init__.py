"""One file per way of changing training examples."""
