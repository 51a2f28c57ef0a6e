"""Background work: jobs, and the loops that start them."""
