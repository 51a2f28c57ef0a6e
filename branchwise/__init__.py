"""The command line, and the launcher that runs the whole stack on one machine."""
