"""The gateway's decisions about a request: path, headers, caller and limits."""
