"""Fine-tunes a model of Dolly's kind on a JSONL file and leaves everything it has to tell in a folder.

`prompts`, `recipes`, `config` and `progress` use the standard library alone, so that the site may read them.
"""

__version__ = "0.1.0"
