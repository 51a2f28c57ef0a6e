"""From a company's series to what it is told: which are judged, what stands out, what is worth its budget of alerts."""
