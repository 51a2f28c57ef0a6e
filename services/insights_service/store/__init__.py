"""Access to the database: the only modules of this service with SQL, one thin function for each statement."""
