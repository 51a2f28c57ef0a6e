"""What shops tell: orders, refunds, products, and their webhooks."""
