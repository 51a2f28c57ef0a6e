"""Google Analytics 4 by its Data API: aggregated reports, read with Google's own client."""
