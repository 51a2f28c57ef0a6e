"""GA4 by its Data API: events by the minute, daily ads and channels, within a property's token quota."""
