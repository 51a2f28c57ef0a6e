"""A cache of answers as bytes, which are kept until a change invalidates them.

A service opens its `Answers` at its start and defines which events change them (`open_answers`). A route first calls
`answers.find(question)`, and otherwise computes the answer between `answers.begin(…)` and `answers.keep(…)`. An answer
is only reused for the same question: the same tenant, call, parameters and branches of the caller.

The cache is in this process, or in Redis (or Valkey) if REDIS_URL is set. ANSWER_CACHE_MB=0 turns it off.
"""

from common.answers.answers import Answers, open_answers
from common.answers.question import Answer, Question, Span

__all__ = ["Answer", "Answers", "Question", "Span", "open_answers"]
