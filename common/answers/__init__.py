"""Answers kept as bytes until a change outdates them, so that the same question is computed once.

A service opens its `Answers` at its start and says which events change them (`open_answers`). A route asks with
`answers.find(question)` first, and otherwise computes, between `answers.begin(…)` and `answers.keep(…)`. An answer is
given again to the same question only: of the same tenant, call and parameters, by somebody with the same branches.

They lie in this process, or in Redis (or Valkey) where REDIS_URL is set; ANSWER_CACHE_MB=0 keeps none.
"""

from common.answers.answers import Answers, open_answers
from common.answers.question import Answer, Question, Span

__all__ = ["Answer", "Answers", "Question", "Span", "open_answers"]
