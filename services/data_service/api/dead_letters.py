"""`/data/dead-letters`: events that the data service gave up on; auth and analytics have their own paths."""

from common.http.dead_letters import dead_letter_router

router = dead_letter_router("/data/dead-letters")
