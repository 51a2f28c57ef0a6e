"""WooCommerce's REST API v3: https://woocommerce.github.io/woocommerce-rest-api-docs/."""
