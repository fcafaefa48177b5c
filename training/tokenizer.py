"""The tokenizer: a small byte-level BPE of a run's own, or the base's, each with Dolly's markers."""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from training import bases, prompts
from training.config import ConfigError

PADDING = "<|padding|>"  # Pythia's id 1, after END_OF_TEXT
FULL_ROWS_OF = 64  # A vocabulary padded to a multiple of this keeps the output head fast.


def padded(size: int) -> int:
    """The rows of a vocabulary that so many tokens need."""
    return -(-size // FULL_ROWS_OF) * FULL_ROWS_OF


def train(texts: Iterable[str], *, vocab_size: int) -> Tokenizer:
    """Learn a byte-level BPE of at most `vocab_size` entries. The same texts give the same tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - len(prompts.MARKERS),
        min_frequency=2,
        special_tokens=[prompts.END_OF_TEXT, PADDING],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return with_markers(tokenizer)


def load(folder: Path) -> Tokenizer:
    """The tokenizer in a model's folder, with Dolly's markers."""
    return with_markers(_read(folder))


def knows_markers(folder: Path) -> bool:
    """Whether the model in the folder was taught Dolly's markers as tokens. To others they are words like any."""
    return _read(folder).token_to_id(prompts.END_MARKER) is not None


def _read(folder: Path) -> Tokenizer:
    path = folder / bases.TOKENIZER
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:
        raise ConfigError("base", f"{path}: cannot be read ({error}).") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def with_markers(tokenizer: Tokenizer) -> Tokenizer:
    """Add Dolly's markers, and the end of text, as special tokens where they are missing."""
    markers = (*prompts.MARKERS, prompts.END_OF_TEXT)
    tokenizer.add_special_tokens([AddedToken(marker, special=True, normalized=False) for marker in markers])
    return tokenizer


def token_id(tokenizer: Tokenizer, token: str) -> int:
    """The id of a token that must be there."""
    found = tokenizer.token_to_id(token)
    if found is None:
        raise ValueError(f"The tokenizer has no {token!r}.")
    return found


def token_bytes(tokenizer: Tokenizer) -> list[bytes]:
    """What each id stands for, by id: nothing for special tokens, otherwise UTF-8 that may end within a character."""
    added = tokenizer.get_added_tokens_decoder()
    byte_of = _byte_of()

    def spelled(token: int) -> bytes:
        if token in added:
            return b"" if added[token].special else added[token].content.encode("utf-8")
        return bytes(byte_of[character] for character in tokenizer.id_to_token(token) or "")

    return [spelled(token) for token in range(tokenizer.get_vocab_size())]


def _byte_of() -> dict[str, int]:
    """Byte-level BPE writes a byte that prints as itself, and the others from U+0100 on (openai/gpt-2, `encoder.py`)."""
    printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printing]
    return {chr(byte): byte for byte in printing} | {
        chr(0x100 + place): byte for place, byte in enumerate(others)
    }
