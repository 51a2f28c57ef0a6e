"""`/data/dead-letters`: events that the data service gave up (auth's and analytics' stand under their own paths)."""

from common.http.dead_letters import dead_letter_router

router = dead_letter_router("/data/dead-letters")
