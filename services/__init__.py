"""The services, one package each; they know one another by HTTP and events only."""

import gc

# Loading a service makes hundreds of thousands of objects that stay. Looking through them as often as usual would be a
# tenth of its start. What has loaded goes back to what is usual, or to what suits it (common/http/app.py).
gc.set_threshold(50_000, 10, 10)
