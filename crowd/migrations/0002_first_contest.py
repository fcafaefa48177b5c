"""The eight categories, the first wording of the grant, and an open contest, so that an empty site can be used."""

import hashlib

from django.db import migrations

CATEGORIES = [
    {
        "key": "open_qa",
        "name": "Open question",
        "context_rule": "forbidden",
        "asks": "Ask for a fact or an opinion that general knowledge or one quick search can settle, and "
        "answer it.",
        "tips": "Ask one thing, the way you would ask a colleague.\n"
        "Answer first, then give the reason in a sentence or two.",
        "example_instruction": "Why do cut apples turn brown?",
        "example_context": "",
        "example_response": "Cutting opens the apple's cells, and an enzyme in them meets oxygen from the "
        "air. Together they turn some of the fruit's own substances brown. A little lemon "
        "juice slows it down.",
    },
    {
        "key": "closed_qa",
        "name": "Question about a passage",
        "context_rule": "required",
        "asks": "Choose a Wikipedia passage and ask something that a careful reader can answer from it alone.",
        "tips": "A little reasoning is welcome, expert knowledge is not.\n"
        "Answer in your own words and add nothing that the passage does not say.",
        "example_instruction": "When does the bakery open on a Saturday?",
        "example_context": "The bakery on Mill Lane opens at seven on weekdays and an hour later on "
        "Saturdays. It is closed on Sundays.",
        "example_response": "At eight, an hour later than on a weekday.",
    },
    {
        "key": "information_extraction",
        "name": "Information extraction",
        "context_rule": "required",
        "asks": "Choose a Wikipedia passage and ask for particular facts, names or terms to be pulled out of "
        "it.",
        "tips": "Say exactly what to pull out, and in which form you want it.\n"
        "Everything in the answer has to be in the passage, and nothing that was asked for may be "
        "missing.",
        "example_instruction": "List the trees with the year in which each of them was planted, oldest first.",
        "example_context": "Ines planted two pear trees in 2011 and a quince in 2014. Her brother Tomas added "
        "a cherry tree in 2017.",
        "example_response": "Two pear trees: 2011\nQuince: 2014\nCherry: 2017",
    },
    {
        "key": "summarization",
        "name": "Summary",
        "context_rule": "required",
        "asks": "Choose a Wikipedia passage and have it shortened, for a reader or to a length that you name.",
        "tips": "Keep what the reader needs and leave out the rest.\n"
        "Write new sentences: a summary is not a selection of old ones.",
        "example_instruction": "Sum this up in one sentence for people who walk to work.",
        "example_context": "The old footbridge was closed in May after an inspector found rust in two of its "
        "cables. Repairs will take until autumn. Until then a small ferry crosses every "
        "quarter of an hour and costs nothing.",
        "example_response": "The footbridge is closed for cable repairs until autumn, and a free ferry "
        "crosses every fifteen minutes instead.",
    },
    {
        "key": "brainstorming",
        "name": "Brainstorming",
        "context_rule": "forbidden",
        "asks": "Ask for many ideas on one subject, and list ideas that really differ from each other.",
        "tips": "Say who the ideas are for and what limits them.\n"
        "Five good ones are better than ten that repeat each other.",
        "example_instruction": "What can I do with a glut of courgettes from a small garden?",
        "example_context": "",
        "example_response": "- Grate them into a chocolate cake\n"
        "- Fry thin slices in batter\n"
        "- Pickle them with mustard seed\n"
        "- Freeze soup in single portions\n"
        "- Leave a basket at the gate with a note",
    },
    {
        "key": "classification",
        "name": "Classification",
        "context_rule": "forbidden",
        "asks": "List some items in the instruction and have them sorted into groups that you name or leave "
        "open.",
        "tips": "Put all the items into the instruction, since the answer has nothing else to go by.\n"
        "Choose groups that leave no doubt, and place every item.",
        "example_instruction": "Which of these are measured in units of length and which in units of weight? "
        "The height of a door, a bag of flour, the distance to Rome, a letter for the "
        "post.",
        "example_context": "",
        "example_response": "Length: the height of a door, the distance to Rome\n"
        "Weight: a bag of flour, a letter for the post",
    },
    {
        "key": "creative_writing",
        "name": "Creative writing",
        "context_rule": "forbidden",
        "asks": "Ask for an invented text under precise conditions, and write it.",
        "tips": "The more conditions, the better: form, length, a word that must or must not appear.\n"
        "Make it up yourself; this needs no research.",
        "example_instruction": "Write a thank-you note from a snowman to the child who built him, in two "
        "sentences, without the word 'cold'.",
        "example_context": "",
        "example_response": "Thank you for the carrot, which is the finest nose on the street. If I am "
        "smaller by Friday, please know that I am only on my way to becoming a puddle for "
        "your boots.",
    },
    {
        "key": "general_qa",
        "name": "Anything else",
        "context_rule": "optional",
        "asks": "Ask for anything that fits no other category, with a passage if it helps, and answer it.",
        "tips": "Look through the other categories first.\n"
        "Make the instruction complete enough for a stranger to answer.",
        "example_instruction": "My sister has moved abroad and we keep missing each other's calls. How can we "
        "stay in touch?",
        "example_context": "",
        "example_response": "Stop trying to find the perfect hour and use things that can wait: voice "
        "messages on the way to work, or one photo a day. Then fix a single call a week "
        "and treat it like a train that leaves on time.",
    },
]

# Off in a new contest: dolly's undocumented eighth, here for imports.
OFF = {"general_qa"}

GRANT = """\
I wrote this myself, in my own words. I did not use generative AI for any part of it, and no source on the web but \
Wikipedia. It holds nothing confidential and no personal data.

I license what I send under the Creative Commons Attribution-ShareAlike 4.0 International licence (CC BY-SA 4.0): \
anybody may share and adapt it, also commercially, if they give credit and share alike. A release names me only by a \
pseudonym that differs from release to release. I may withdraw a text at any time; it then stays out of every later \
release, while copies of an earlier release keep the licence I gave.
"""


def fill(apps, schema_editor):
    Category = apps.get_model("crowd", "Category")
    Contest = apps.get_model("crowd", "Contest")
    ContestCategory = apps.get_model("crowd", "ContestCategory")
    GrantWording = apps.get_model("crowd", "GrantWording")
    contest = Contest.objects.create(
        name="Our instruction contest",
        description="Write questions and tasks with the answers you would want to read.",
        state="running",
    )
    for position, fields in enumerate(CATEGORIES, start=1):
        category = Category.objects.create(position=position * 10, **fields)
        ContestCategory.objects.create(contest=contest, category=category, is_on=category.key not in OFF)
    GrantWording.objects.create(
        number=1, text=GRANT, licence="CC-BY-SA-4.0", sha256=hashlib.sha256(GRANT.encode()).hexdigest()
    )


class Migration(migrations.Migration):
    dependencies = [("crowd", "0001_initial")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
