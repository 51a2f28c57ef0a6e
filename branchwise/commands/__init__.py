"""What each command does; `branchwise.cli` says how they are called."""
