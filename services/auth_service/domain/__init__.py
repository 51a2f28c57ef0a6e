"""What the auth service decides, without database or HTTP."""
