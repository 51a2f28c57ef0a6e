"""The only place here that knows SQL: one thin function per statement."""
