"""Sending mail: composed as RFC 5322 says, handed to a mail server, or to a folder where none is configured."""
