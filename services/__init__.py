"""The services, one package each; they know one another by HTTP and events only."""
