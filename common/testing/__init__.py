"""What tests of every service share: real servers, databases and people."""
