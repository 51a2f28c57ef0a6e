"""Turning a WooCommerce shop's orders, customers and products into this service's rows."""
