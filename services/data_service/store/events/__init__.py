"""Event rows, from the connection's staged rows into the tables of their months."""
