from training import prompts

INTRODUCTION = "Below is an instruction that describes a task. Write a response that appropriately completes the request."


class TestThePrompt:
    def test_is_dollys(self):
        assert prompts.record_text("Why?", response="So.") == (
            f"{INTRODUCTION}\n\n### Instruction:\nWhy?\n\n### Response:\nSo.\n\n### End"
        )

    def test_has_an_input_where_there_is_a_context(self):
        assert prompts.record_text("Why?", context="A passage.", response="So.") == (
            f"{INTRODUCTION}\n\n### Instruction:\nWhy?\n\nInput:\nA passage.\n\n### Response:\nSo.\n\n### End"
        )

    def test_asks_with_the_same_words(self):
        asked = prompts.question_text("Why?", context="A passage.")
        assert prompts.record_text("Why?", context="A passage.", response="So.") == asked + "So.\n\n### End"

    def test_leaves_a_blank_context_out(self):
        assert prompts.question_text("Why?", context=" \n") == prompts.question_text("Why?")
