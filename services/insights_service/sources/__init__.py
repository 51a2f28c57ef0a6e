"""What other services and outside systems say, asked over HTTP."""
