"""Past days of a source: what reading them takes, and how far it is."""
