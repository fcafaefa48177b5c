"""What a response says that neither its passage nor its instruction does: numbers, dates, names.

High precision before completeness: what could have been worked out, rounded, counted or converted passes, and so does
a name of which one word is known. A finding means that the reviewer should look, not that the response is wrong.
"""

from crowd.domain.checks.grounding import dates, names, numbers

CHECKS = (*numbers.CHECKS, *dates.CHECKS, *names.CHECKS)
