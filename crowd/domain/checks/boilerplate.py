"""Phrases that assistants write and people rarely do.

Evidence for the reviewer, never a verdict: a person may quote such a phrase, and a machine's text need not hold one.
"""

from crowd.domain.checks.model import Check, each_field
from crowd.domain.checks.phrases import finder

# Each phrase with words that it cannot be without: a text that has none of them is not searched.
_PHRASES = (
    ("as an a", r"\bas an (?:ai|artificial intelligence)\b(?! (?:engineer|researcher|developer|expert))"),
    ("i am an a", r"\bi am an (?:ai|artificial intelligence)\b(?! (?:engineer|researcher|developer|expert))"),
    ("i'm an a", r"\bi'm an (?:ai|artificial intelligence)\b(?! (?:engineer|researcher|developer|expert))"),
    ("language model", r"\b(?:as|i am|i'm) (?:an? |just an? |only an? )?(?:large |ai )?language model\b"),
    ("chatbot", r"\b(?:as|i am|i'm) (?:an? |just an? )(?:ai )?chatbot\b"),
    ("knowledge cut", r"\bmy knowledge cut-?off\b"),
    ("last update", r"\bas of my last (?:knowledge )?update\b"),
    ("training data", r"\bmy training data\b"),
    ("openai", r"\b(?:trained|developed|created|built) by openai\b"),
    (
        "browse",
        r"\bi (?:cannot|can't|can not|am unable to|am not able to|don't have the ability to) browse\b",
    ),
    ("real-time", r"\bi (?:do not|don't) have (?:access to )?real-time\b"),
    ("access to", r"\bi (?:do not|don't) have access to (?:the internet|current|up-to-date|personal data)\b"),
    (
        "personal",
        r"\bi (?:do not|don't) have (?:any )?personal (?:opinions|preferences|feelings|experiences)\b",
    ),
    ("fulfill", r"\bi (?:cannot|can't|am unable to) fulfill (?:that|this|your) request\b"),
    ("sorry", r"\A\s*i'm sorry, but i (?:cannot|can't|am unable|am not able)\b"),
    ("apologize", r"\bi apologize for (?:the|any) confusion\b"),
    (
        "here",
        r"\A\s*(?:certainly|sure|sure thing|of course|absolutely|happy to help)[!,.]\s+here(?:'s| is| are)\b",
    ),
    ("certainly", r"\A\s*certainly!"),
    ("hope this", r"\bi hope this (?:helps|answers|clarifies)\b"),
    ("any other question", r"\b(?:let me know )?if you have any other questions\b"),
    ("further questions", r"\bif you have any further questions\b"),
    ("further assistance", r"\b(?:need|require) (?:any )?further assistance\b"),
    ("feel free to ask", r"\bfeel free to ask\b"),
    ("regenerate", r"\bregenerate response\b"),
)


def _message(found: str) -> str:
    return f"“{found.strip()}” is how assistants speak: say it in your own words, or check where the text came from."


CHECKS = (Check("boilerplate", 1, "info", "field", each_field(finder(_PHRASES), _message, ("response",))),)
