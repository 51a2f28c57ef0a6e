"""What each command does; `branchwise.app` says how they are called."""
