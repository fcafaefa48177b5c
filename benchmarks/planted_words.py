"""The words that planted edits are made of: one vocabulary to fit thresholds on, another to report on.

The two share no word list and no template, so that a rule which learnt one of them gains nothing in the other.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """What edits draw from. `templates` take `{topic}` and, beside it, `{number}`."""

    courtesies: tuple[str, ...]
    fillers: tuple[str, ...]
    synonyms: tuple[tuple[str, str], ...]
    added: tuple[str, ...]
    names: tuple[str, ...]
    things: tuple[str, ...]
    templates: tuple[str, ...]
    counted: tuple[str, ...]
    sentences: tuple[str, ...]


TRAINING = Vocabulary(
    courtesies=(
        "Please {}",
        "Can you tell me: {}",
        "Could you please tell me {}",
        "Question: {}",
        "I would like to know: {}",
        "Hi, {}",
        "Tell me, {}",
        "{} Please.",
    ),
    fillers=("exactly", "really", "actually", "briefly", "basically"),
    synonyms=(
        ("big", "large"),
        ("quick", "fast"),
        ("explain", "describe"),
        ("show", "display"),
        ("buy", "purchase"),
        ("start", "begin"),
        ("help", "assist"),
        ("important", "significant"),
        ("make", "create"),
        ("difference", "distinction"),
        ("movie", "film"),
        ("movies", "films"),
        ("list", "name"),
        ("kids", "children"),
        ("way", "method"),
        ("ways", "methods"),
        ("car", "automobile"),
        ("give", "provide"),
        ("used", "utilized"),
        ("job", "occupation"),
        ("famous", "renowned"),
        ("benefits", "advantages"),
    ),
    added=(
        "half", "electric", "ancient", "female", "digital", "first", "young", "wooden", "military", "open",
        "French", "solar", "black", "wild", "summer",
    ),
    names=(
        "Peru", "Norway", "Marie Curie", "Toyota", "Chicago", "Nigeria", "Beethoven", "Amazon", "Egypt",
        "Lisbon", "Tolstoy", "Madonna", "Vietnam", "Intel", "Denver",
    ),
    things=(
        "camels", "kettles", "bicycles", "volcanoes", "violins", "tomatoes", "bridges", "horses", "planets",
        "batteries", "novels", "rivers", "carpets", "whales", "lawyers",
    ),
    templates=(
        "What is the history of {topic}?",
        "Why are {topic} important to people today?",
        "Write a short poem about {topic}",
        "How are {topic} made and sold around the world?",
        "Give me ideas for a party about {topic}",
    ),
    counted=(
        "List {number} facts about {topic}",
        "Write {number} sentences on {topic}",
        "Where were the most {topic} found in 20{number}?",
    ),
    sentences=(
        "This is worth knowing.",
        "Many people have asked about it before.",
        "It was written down long ago.",
        "Not everybody agrees with that.",
    ),
)  # fmt: skip

HELD_OUT = Vocabulary(
    courtesies=(
        "Kindly {}",
        "Would you kindly tell me: {}",
        "Hello! {}",
        "Quick question: {}",
        "I want to know: {}",
        "Please help me with this: {}",
        "I am curious, {}",
        "Do you know {}",
        "{} Thank you!",
        "{} Thanks in advance.",
    ),
    fillers=("simply", "just", "precisely", "truly", "essentially", "currently"),
    synonyms=(
        ("write", "compose"),
        ("get", "obtain"),
        ("choose", "select"),
        ("find", "locate"),
        ("need", "require"),
        ("hard", "difficult"),
        ("house", "home"),
        ("idea", "concept"),
        ("ideas", "suggestions"),
        ("main", "primary"),
        ("end", "finish"),
        ("smart", "intelligent"),
        ("doctor", "physician"),
        ("country", "nation"),
        ("countries", "nations"),
        ("rich", "wealthy"),
        ("identify", "determine"),
        ("common", "widespread"),
        ("reason", "cause"),
        ("types", "kinds"),
        ("suggest", "recommend"),
        ("happen", "occur"),
        ("largest", "biggest"),
        ("classify", "categorize"),
        ("popular", "well-liked"),
        ("best", "greatest"),
        ("paragraph", "passage"),
        ("following", "below"),
        ("pros", "advantages"),
        ("summarize", "condense"),
    ),
    added=(
        "small", "modern", "male", "nuclear", "red", "last", "Italian", "winter", "plastic", "public",
        "royal", "second", "old", "marine", "golden", "mobile",
    ),
    names=(
        "Brazil", "Iceland", "Isaac Newton", "Honda", "Boston", "Kenya", "Mozart", "Netflix", "Greece",
        "Madrid", "Dickens", "Shakira", "Japan", "Boeing", "Austin", "Chopin",
    ),
    things=(
        "elephants", "mirrors", "airplanes", "glaciers", "pianos", "potatoes", "castles", "rabbits",
        "comets", "candles", "paintings", "islands", "sweaters", "sharks", "teachers", "magnets",
    ),
    templates=(
        "Who invented {topic} and when?",
        "What do I need to know before buying {topic}?",
        "Tell a funny story in which {topic} play a part",
        "Which of the following are {topic}?",
        "What are the differences between {topic} of today and those of a century ago?",
        "How many kinds of {topic} are there?",
    ),
    counted=(
        "Name {number} places that are known for {topic}",
        "What would {number} {topic} cost in a shop?",
        "Summarize the story of {topic} in {number} words",
    ),
    sentences=(
        "There is more to it than that.",
        "Experts still discuss this point.",
        "Local people know it well.",
        "It can differ from year to year.",
    ),
)  # fmt: skip

VOCABULARIES = {"training": TRAINING, "held-out": HELD_OUT}
