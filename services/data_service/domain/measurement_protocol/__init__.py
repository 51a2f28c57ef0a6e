"""GA4's Measurement Protocol: what a hit may say, and the events that it tells of."""
