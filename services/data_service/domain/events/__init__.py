"""Parse events as programs and exports send them, and derive ids that identify repetitions."""
