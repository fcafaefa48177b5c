"""A tuned model answers: the training prompt in, whole characters out, until the end marker."""

import codecs
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from transformers import DynamicCache, PreTrainedModel

from training import bases, progress, prompts
from training import model as models
from training import tokenizer as tokenizers
from training.data import Encoder

END, LENGTH = "end", "length"
BREAK = prompts.answer_span("")  # Stands between a response and its end marker, and is no part of it.


class TooLong(ValueError):
    """A question that leaves the model no room to answer."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to choose tokens. Temperature 0 takes the likeliest."""

    max_new_tokens: int = 256
    temperature: float = 0.0
    seed: int = 0


def run(args: Namespace) -> int:
    """The command: the answer to stdout, as it grows."""
    models.use_threads(args.threads)
    sampling = Sampling(**args.sampling)
    try:
        answer = Tuned(args.model).answer(args.instruction, context=args.context, sampling=sampling)
    except TooLong as error:
        print(error, file=sys.stderr)
        return progress.EXIT_REFUSED
    for piece in answer:
        print(piece, end="", flush=True)
    print()
    return progress.EXIT_DONE


class Tuned:
    """A model's folder, loaded to answer. One that was never taught the markers reads and writes them as plain text.

    Asked with tokens that it has never seen, a base would look worse than it is.
    """

    def __init__(self, folder: Path) -> None:
        source = bases.model_folder(folder)
        tokenizer = tokenizers.load(source)
        self._knows_markers = tokenizers.knows_markers(source)
        self._encoder = Encoder(tokenizer)
        self._pieces = tokenizers.token_bytes(tokenizer)
        self._stops = {
            tokenizers.token_id(tokenizer, marker) for marker in (prompts.END_MARKER, prompts.END_OF_TEXT)
        }
        self._model = models.load_to_ask(source, attention_name="sdpa").eval()
        self._window = int(self._model.config.max_position_embeddings)

    def answer(self, instruction: str, *, context: str = "", sampling: Sampling) -> "Answer":
        """The answer, to be iterated over. Raises TooLong."""
        ask = self._encoder.question if self._knows_markers else self._encoder.spelled_question
        prompt = ask(instruction, context=context)
        room = self._window - len(prompt)
        if room < 1:
            raise TooLong(
                f"The question has {len(prompt)} tokens; the model reads fewer than {self._window}."
            )
        within = replace(sampling, max_new_tokens=min(sampling.max_new_tokens, room))
        ends = () if self._knows_markers else prompts.MARKERS
        return Answer(self._model, self._pieces, prompt, stops=self._stops, ends=ends, sampling=within)


class Answer:
    """Pieces of text, each of whole characters; together they are the answer. `stopped` tells why it ended.

    Iterating raises NoNumbers where the model gives none.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        pieces: Sequence[bytes],
        prompt: list[int],
        *,
        stops: set[int],
        ends: Sequence[str] = (),  # what ends the answer where it is spelled out
        sampling: Sampling,
    ) -> None:
        self.stopped = LENGTH
        self._model, self._pieces, self._prompt = model, pieces, prompt
        self._stops, self._ends, self._sampling = stops, ends, sampling

    def __iter__(self) -> Iterator[str]:
        """Held back until something follows: line breaks, of which the last two belong to the prompt, and what may be an end."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        held = ""
        for token in self._tokens():
            held += decoder.decode(self._pieces[token])
            if (end := _end_in(held, self._ends)) is not None:
                held, self.stopped = held[:end], END
                break
            ready = _without_start_of(self._ends, held).rstrip("\n")
            held = held[len(ready) :]
            if ready:
                yield ready
        rest = held.removesuffix(BREAK) if self.stopped == END else held
        if rest:
            yield rest

    @torch.inference_mode()
    def _tokens(self) -> Iterator[int]:
        """Token after token until an end token or the limit."""
        chance = torch.Generator().manual_seed(self._sampling.seed)
        cache = DynamicCache(config=self._model.config)
        ids = torch.tensor([self._prompt], device=self._model.device)
        for _ in range(self._sampling.max_new_tokens):
            logits = self._model(
                input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1
            ).logits[0, -1]
            # A padded vocabulary has rows that no token stands for.
            logits = logits[: len(self._pieces)]
            if not bool(logits.isfinite().all()):
                raise models.NoNumbers("this question")
            token = _choose(logits, temperature=self._sampling.temperature, chance=chance)
            if token in self._stops:
                self.stopped = END
                return
            yield token
            ids = torch.tensor([[token]], device=self._model.device)


def _end_in(text: str, ends: Sequence[str]) -> int | None:
    """Where the first of these stands."""
    return min((text.index(end) for end in ends if end in text), default=None)


def _without_start_of(ends: Sequence[str], text: str) -> str:
    """The text without what one of these may begin with."""
    starts = (length for end in ends for length in range(1, len(end)) if text.endswith(end[:length]))
    return text[: len(text) - max(starts, default=0)]


def _choose(logits: torch.Tensor, *, temperature: float, chance: torch.Generator) -> int:
    if temperature == 0:
        return int(logits.argmax())
    likelihoods = torch.softmax(logits.double().cpu() / temperature, dim=-1)
    return int(torch.multinomial(likelihoods, 1, generator=chance))
