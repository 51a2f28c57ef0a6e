"""What other services say, asked over HTTP."""
