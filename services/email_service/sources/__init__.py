"""Ways out of the house: a mail server, or a folder where none is configured."""
