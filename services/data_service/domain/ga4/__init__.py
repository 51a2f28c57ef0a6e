"""GA4 by its Data API: minutes of events, daily ads and channels, within a property's tokens."""
