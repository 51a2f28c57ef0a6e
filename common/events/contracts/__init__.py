"""One file an event: the shape of its data, as the bus carries it."""
