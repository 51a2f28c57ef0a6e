"""What shops report: orders, refunds and products, and their webhooks."""
