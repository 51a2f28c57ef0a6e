"""Which segments explain a change."""
