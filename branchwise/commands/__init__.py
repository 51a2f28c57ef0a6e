"""The implementations of the commands, which `branchwise.app` makes available."""
