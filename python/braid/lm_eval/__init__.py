# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The model "braid" of lm-evaluation-harness.

    python -m braid.lm_eval run --model braid --model_args artifact=hybrid.so,weights=hf-folder --tasks lambada_openai

is the harness's command line with the model registered; from Python, importing this module registers it:

    import braid.lm_eval, lm_eval
    lm_eval.simple_evaluate(model="braid", model_args={"artifact": "hybrid.so", "weights": "hf-folder"}, tasks=[...])
"""

from __future__ import annotations

import os
from typing import Any, Iterable, Mapping, Optional, Sequence, Union

from .._cli import parse_init
from .._errors import LibraryError, UsageError
from .._generate import generate_many
from .._program import Program
from .._sampling import Sampling
from .._score import scores
from .._tokenizer import Detokenizer, Tokenizer, load_tokenizer

try:
    from lm_eval.api.model import LM
    from lm_eval.api.registry import register_model
except ImportError as error:
    raise LibraryError(f"expected the package 'lm_eval' (pip install lm_eval), found that {error}") from None

_DEFAULT_LENGTH = 4096
# Names of the same limit, the first that a request has counts; as the harness's own models take them.
_MOST_NEW = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")
_GENERATION = {"until", "do_sample", "temperature", "top_k", "top_p", "min_p", "seed", *_MOST_NEW}


@register_model("braid")
class BraidLM(LM):
    """Runs the harness's requests on an artifact.

    Args:
        artifact: the file that braidc made.
        weights: a folder of safetensors, or one file.
        init: "random:SEED" draws them instead.
        tokenizer: tokenizer.json, tokenizer.model or a folder with one; None: the folder of the weights.
        max_length: most tokens of context and continuation together; None: the model's bound, or 4096 where it has
            none. What is longer is cut off at the left.
        max_gen_toks: new tokens of a request that does not say.
        add_bos_token: put the tokenizer's special tokens around each text.
        batch_size: most sequences in a call; None or "auto": by their lengths.
        threads: 0: one for each available CPU.
        max_batch_size, device: passed by the harness, whose default is a GPU; ignored: the device is the CPU.
    """

    def __init__(
        self,
        artifact: Union[str, "os.PathLike[str]"],
        weights: Optional[str] = None,
        init: Optional[str] = None,
        tokenizer: Union[None, str, "os.PathLike[str]", Tokenizer] = None,
        max_length: Optional[int] = None,
        max_gen_toks: int = 256,
        add_bos_token: bool = False,
        batch_size: Union[None, int, str] = None,
        threads: int = 0,
        max_batch_size: Optional[int] = None,
        device: Optional[str] = None,
    ) -> None:
        super().__init__()
        if (weights is None) == (init is None):
            raise UsageError(f"expected one of weights and init, found {'neither' if init is None else 'both'}")
        self.program = Program(
            artifact, weights=weights, seed=None if init is None else parse_init(init), threads=threads
        )
        self.tokenizer = self._open_tokenizer(tokenizer, weights)
        model = self.program.model
        self.max_length = int(max_length or model.max_context or _DEFAULT_LENGTH)
        self.max_gen_toks = int(max_gen_toks)
        self.add_bos_token = bool(add_bos_token)
        self.rows = None if batch_size in (None, "auto") else int(str(batch_size).split(":")[0])
        self.threads = threads
        if not model.eos_token_ids and model.bos_token_id is None:
            raise UsageError(
                f"{artifact}: expected a model with a bos or eos token, which scores begin with, found neither"
            )
        self.prefix_token_id = model.bos_token_id if model.bos_token_id is not None else model.eos_token_ids[0]

    @staticmethod
    def _open_tokenizer(given: Any, weights: Optional[str]) -> Tokenizer:
        if given is None:
            if weights is None:
                raise UsageError(
                    "tokenizer: expected a file or a folder, since there is no folder of weights, found none"
                )
            given = weights if os.path.isdir(weights) else os.path.dirname(weights) or "."
        opened: Tokenizer = load_tokenizer(given) if isinstance(given, (str, os.PathLike)) else given
        return opened

    @property
    def tokenizer_name(self) -> str:
        """What the harness's cache of requests calls the tokenizer."""
        return f"braid-{self.program.model.name}"

    def encode(self, text: str) -> list[int]:
        """Token ids of a text."""
        return self.tokenizer.encode(text, special=self.add_bos_token)

    def encode_pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        """Token ids of a context and its continuation, as the harness's own models cut them.

        Spaces at the context's end go to the continuation. Both are encoded together, and the continuation is what lies
        beyond as many tokens as the context alone has; where that would be nothing, since the texts grew together into
        one token, it is what lies beyond the tokens that the context alone and both texts have in common. An empty
        context is the beginning-of-sequence token.
        """
        spaces = len(context) - len(context.rstrip())
        if spaces:
            context, continuation = context[:-spaces], context[-spaces:] + continuation
        if not context:
            ids = self.tokenizer.encode(continuation, special=False)
            return ([self.prefix_token_id], ids) if ids[:1] != [self.prefix_token_id] else (ids[:1], ids[1:])
        whole, alone = self.encode(context + continuation), self.encode(context)
        split = len(alone)
        if split < len(whole):
            return alone, whole[split:]
        split = next((i for i, (a, b) in enumerate(zip(whole, alone)) if a != b), len(whole) - 1)
        return (whole[:split], whole[split:]) if split else ([self.prefix_token_id], whole)

    # Requests

    def loglikelihood(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        """For each (context, continuation): the continuation's log-probability, and whether it is the greedy one."""
        pairs = [self.encode_pair(*request.args) for request in requests]
        results = self._score_pairs(pairs)
        for request, result in zip(requests, results):
            self.cache_hook.add_partial("loglikelihood", request.args, result)
        return results

    def loglikelihood_rolling(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[float]:
        """For each (text,): the log-probability of all its tokens.

        A text longer than max_length is cut into windows, each token predicted once; the last window is a full one,
        whose first tokens are context.
        """
        pairs: list[tuple[list[int], list[int]]] = []
        counts = []
        for request in requests:
            windows = list(self.windows(self.encode(request.args[0])))
            counts.append(len(windows))
            pairs += windows
        parts = iter(self._score_pairs(pairs))
        results = [sum(next(parts)[0] for _ in range(count)) for count in counts]
        for request, result in zip(requests, results):
            self.cache_hook.add_partial("loglikelihood_rolling", request.args, result)
        return results

    def windows(self, ids: Sequence[int]) -> Iterable[tuple[list[int], list[int]]]:
        """Context and predicted tokens of each window of a text; the harness's get_rolling_token_windows with a context
        of one token."""
        most = self.max_length
        ids = list(ids)
        if ids:
            yield [self.prefix_token_id], ids[:most]
        for begin in range(most, len(ids), most):
            end = min(begin + most, len(ids))
            yield ids[end - most - 1 : begin], ids[begin:end]

    def _score_pairs(self, pairs: Sequence[tuple[list[int], list[int]]]) -> list[tuple[float, bool]]:
        """Packs all pairs into calls; of one that is too long, the left of the context is dropped."""
        documents = []
        for context, continuation in pairs:
            if len(continuation) > self.max_length:
                raise UsageError(
                    f"continuation: expected at most max_length {self.max_length} tokens, " f"found {len(continuation)}"
                )
            documents.append((context + continuation)[-(self.max_length + 1) :])
        results = []
        for (_, continuation), found in zip(
            pairs, scores(self.program, documents, rows=self.rows, threads=self.threads)
        ):
            n = len(continuation)
            total = float(found.logprobs[found.logprobs.size - n :].sum(dtype="float64"))
            results.append((total, bool(found.greedy[found.greedy.size - n :].all())))
        return results

    def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:
        """For each (context, options): the new text, up to the first of the stop strings in options["until"]."""
        # Requests that are repeated draw different tokens.
        wanted = [self._generation(request.args[1], place) for place, request in enumerate(requests)]
        prompts = []
        for request, (_, most_new, _) in zip(requests, wanted):
            room = self.max_length - most_new
            if room < 1:
                raise UsageError(f"max_gen_toks: expected less than max_length {self.max_length}, found {most_new}")
            prompts.append((self.encode(request.args[0]) or [self.prefix_token_id])[-room:])
        texts = [""] * len(prompts)
        made: list[list[int]] = [[] for _ in prompts]
        detokenizers = [Detokenizer(self.tokenizer) for _ in prompts]
        ends = self.program.model.eos_token_ids
        with generate_many(
            self.program,
            prompts,
            max_new=[most_new for _, most_new, _ in wanted],
            sampling=[sampling for _, _, sampling in wanted],
            rows=self.rows or 8,
            threads=self.threads,
        ) as tokens:
            for i, token in tokens:
                if token in ends:
                    continue
                made[i].append(token)
                texts[i] += detokenizers[i].push(token)
                if any(stop in texts[i] for stop in wanted[i][0]):
                    tokens.finish(i)
        results = [_before(self.tokenizer.decode(ids), until) for ids, (until, _, _) in zip(made, wanted)]
        for request, result in zip(requests, results):
            self.cache_hook.add_partial("generate_until", request.args, result)
        return results

    def _generation(self, given: Mapping[str, Any], place: int) -> tuple[list[str], int, Sampling]:
        """Stop strings, most new tokens, how tokens are drawn; without do_sample or a temperature, the likeliest."""
        unknown = sorted(set(given) - _GENERATION)
        if unknown:
            raise UsageError(
                f"generation options: expected some of {', '.join(sorted(_GENERATION))}, found '{unknown[0]}'"
            )
        until = given.get("until") or []
        until = [until] if isinstance(until, str) else [str(stop) for stop in until]
        most_new = next((given[name] for name in _MOST_NEW if given.get(name) is not None), self.max_gen_toks)
        temperature = float(given.get("temperature") or 0.0)
        if not given.get("do_sample", temperature > 0):
            return [stop for stop in until if stop], int(most_new), Sampling()
        if given.get("do_sample") and "temperature" not in given:
            temperature = 1.0
        sampling = Sampling(
            temperature,
            int(given.get("top_k") or 0),
            float(given.get("top_p", 1.0)),
            float(given.get("min_p", 0.0)),
            int(given.get("seed") or 0) + place,
        )
        return [stop for stop in until if stop], int(most_new), sampling


def _before(text: str, stops: Sequence[str]) -> str:
    """The text before the first place where one of the stop strings begins."""
    return text[: min((place for place in map(text.find, stops) if place >= 0), default=len(text))]
