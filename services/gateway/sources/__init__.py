"""The services behind the gateway, as it reaches them."""
