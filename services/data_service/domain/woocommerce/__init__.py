"""A WooCommerce shop's orders, customers and products as rows of ours."""
