# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The subcommands of python -m braid."""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import re
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Iterable, Iterator, NoReturn, Optional, Sequence

import numpy as np

from . import __version__
from ._bench import bench
from ._describe import describe
from ._errors import BadInputError, BraidError, Code, FileError, UsageError
from ._generate import generate
from ._library import find_tool
from ._manifest import read_manifest
from ._npy import read_tokens, write_array
from ._program import Program
from ._sampling import Sampling
from ._score import scores
from ._tokenizer import Detokenizer, StopText, Tokenizer, load_tokenizer

_EXIT = {Code.USAGE: 2, Code.BAD_INPUT: 3, Code.LIMIT: 3, Code.UNSUPPORTED: 3, Code.OUT_OF_MEMORY: 4, Code.IO: 5}

_COMMANDS = ("generate", "score", "bench", "info", "compile")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs a subcommand; the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        if words[:1] == ["compile"]:
            return subprocess.run([str(find_tool("braidc", "BRAIDC")), *words[1:]], check=False).returncode
        if words and not words[0].startswith("-") and words[0] not in _COMMANDS:
            raise UsageError(f"expected one of the subcommands {', '.join(_COMMANDS)}, found '{words[0]}'")
        options = _parser().parse_args(words)
        options.run(options)
        sys.stdout.flush()
        return 0
    except BraidError as error:
        return _fail(error.message, _EXIT.get(error.code, 70))
    except BrokenPipeError:
        # Python would try to write again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _fail("cannot write to standard output: Broken pipe", 5)
    except OSError as error:
        return _fail(f"cannot write to standard output: {error.strerror}", 5)
    except MemoryError:
        return _fail("out of memory", 4)
    except KeyboardInterrupt:
        return 130


def _fail(message: str, code: int) -> int:
    print(f"error: {' '.join(message.splitlines())}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m braid", description="Runs artifacts of Braid, and the compiler.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"braid {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        added.add_argument("artifact", metavar="FILE", help="artifact made by braidc")
        added.set_defaults(run=run)
        return added

    _add_generate(command("generate", _generate, "Continues a text or token ids"))
    _add_score(command("score", _score, "Log-probabilities of given texts or token ids"))
    _add_bench(command("bench", _bench, "Times an entry point"))
    info = command("info", _info, "What an artifact says of itself")
    info.add_argument("--tensors", action="store_true", help="list states and weights too")
    info.add_argument("--manifest", action="store_true", help="print the manifest as it is")
    commands.add_parser("compile", help="braidc, with its words", description="Runs braidc with the words that follow.")
    return parser


def _add_program(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--weights", metavar="DIR", help="folder of safetensors, or one file")
    parser.add_argument("--init", metavar="random:SEED", help="draw the weights from a seed")
    parser.add_argument("--threads", type=int, default=0, help="0 is one for each available CPU")


def _add_tokenizer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tokenizer",
        metavar="PATH",
        help="tokenizer.json, tokenizer.model or a folder with one; default: the folder of --weights",
    )
    parser.add_argument("--no-special-tokens", action="store_true", help="the text's tokens alone, without a first one")


def _add_generate(parser: argparse.ArgumentParser) -> None:
    _add_program(parser)
    _add_tokenizer(parser)
    parser.add_argument("--prompt", metavar="TEXT", help="text to continue; - is standard input")
    parser.add_argument("--tokens", metavar="IDS", help="ids to continue, separated by commas; new ids are printed")
    parser.add_argument("--max-new", type=int, default=16, help="most new tokens (default %(default)s)")
    parser.add_argument("--chunk", type=int, default=512, help="most prompt tokens in one call (default %(default)s)")
    parser.add_argument("--temperature", type=float, default=0.0, help="0 takes the likeliest token (default)")
    parser.add_argument("--top-k", type=int, default=0, help="keep the k likeliest; 0 keeps all")
    parser.add_argument("--top-p", type=float, default=1.0, help="keep the fewest that together reach p")
    parser.add_argument(
        "--min-p", type=float, default=0.0, help="keep those at least p times as likely as the likeliest"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the sampling")
    parser.add_argument("--ignore-eos", action="store_true", help="go on after an end-of-sequence token")
    parser.add_argument(
        "--stop",
        metavar="TEXT",
        action="append",
        default=[],
        help="end where this text begins, which is not printed; may be given again",
    )


def _add_score(parser: argparse.ArgumentParser) -> None:
    _add_program(parser)
    _add_tokenizer(parser)
    parser.add_argument("--tokens", metavar="NPY", help="int32 [B, T] to score")
    parser.add_argument("--logprobs", metavar="NPY", help="float32 [B, T - 1] to write: of each next token")
    parser.add_argument(
        "--text",
        dest="documents",
        metavar="FILE",
        action="append",
        default=[],
        help="text to score, a line of output; may be given again",
    )


def _add_bench(parser: argparse.ArgumentParser) -> None:
    _add_program(parser)
    parser.add_argument("--entry", default="decode", help="entry point (default %(default)s)")
    parser.add_argument("--rows", type=int, default=1, help="rows in a call (default %(default)s)")
    parser.add_argument("--tokens", type=int, default=512, help="tokens in a row, unless the entry takes one")
    parser.add_argument("--context", type=int, default=0, help="tokens in a slot before the call")
    parser.add_argument("--chunk", type=int, default=512, help="tokens in a call while the context is filled")
    parser.add_argument("--repeats", type=int, default=0, help="measured calls; 0 chooses")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _program(options: argparse.Namespace) -> Program:
    if (options.weights is None) == (options.init is None):
        raise UsageError(f"expected one of --weights and --init, found {'neither' if options.init is None else 'both'}")
    if options.init is None:
        return Program(options.artifact, weights=options.weights, threads=options.threads)
    return Program(options.artifact, seed=parse_init(options.init, "--init"), threads=options.threads)


def parse_init(text: str, name: str = "init") -> int:
    """The seed of "random:SEED"."""
    seed = re.fullmatch(r"random:([0-9]{1,20})", text)
    if not seed or int(seed[1]) >= 2**64:
        raise UsageError(f"{name}: expected random:SEED with a seed from 0 to 2^64 - 1, found '{text}'")
    return int(seed[1])


def _tokenizer(options: argparse.Namespace) -> Tokenizer:
    if options.tokenizer is not None:
        return load_tokenizer(options.tokenizer)
    if options.weights is None:
        raise UsageError("--tokenizer: expected a file or a folder, since there is no folder of --weights, found none")
    folder = Path(options.weights)
    return load_tokenizer(folder if folder.is_dir() else folder.parent)


def _parse_ids(text: str) -> list[int]:
    wrong = next((word for word in text.split(",") if not re.fullmatch(r"[0-9]{1,10}", word)), None)
    if wrong is not None:
        raise UsageError(f"--tokens: expected ids separated by commas, found '{wrong}'")
    return [int(word) for word in text.split(",")]


def _generate(options: argparse.Namespace) -> None:
    if (options.prompt is None) == (options.tokens is None):
        raise UsageError(
            f"expected one of --prompt and --tokens, found {'neither' if options.prompt is None else 'both'}"
        )
    as_text = options.prompt is not None
    if options.stop and not as_text:
        raise UsageError("--stop: expected --prompt beside it, found --tokens")
    tokenizer = _tokenizer(options) if as_text else None
    if tokenizer is None:
        prompt = _parse_ids(options.tokens)
    else:
        text = _standard_input() if options.prompt == "-" else options.prompt
        prompt = tokenizer.encode(text, special=not options.no_special_tokens)
        if not prompt:
            raise UsageError("--prompt: expected a text with at least one token, found none")
    sampling = Sampling(options.temperature, options.top_k, options.top_p, options.min_p, options.seed)
    with _program(options) as program:
        tokens = generate(
            program,
            prompt,
            max_new=options.max_new,
            sampling=sampling,
            stop=() if options.ignore_eos else None,
            chunk=options.chunk,
            threads=options.threads,
        )
        watch = _Watch(tokens)
        if tokenizer is None:
            for place, token in enumerate(watch):
                print(f"{',' if place else ''}{token}", end="", flush=True)
        else:
            _print_text(watch, tokenizer, options.stop)
        print(flush=True)
    print(
        f"prompt: {len(prompt)} tokens, first new one after {watch.first:.6g} s; new: {watch.count} tokens, "
        f"the others in {watch.others:.6g} s",
        file=sys.stderr,
    )


def _print_text(tokens: Iterable[int], tokenizer: Tokenizer, stops: Sequence[str]) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a model's characters are not all in every terminal's encoding
    detokenizer, stop = Detokenizer(tokenizer), StopText(stops)
    for token in tokens:
        print(stop.push(detokenizer.push(token)), end="", flush=True)
        if stop.stopped:
            return
    print(stop.push(detokenizer.finish()) + stop.finish(), end="")


def _standard_input() -> str:
    if sys.stdin is None:
        raise FileError("cannot read standard input: it is closed")
    try:
        return _text_of(sys.stdin.buffer, "standard input")
    except OSError as error:
        raise FileError(f"cannot read standard input: {error.strerror or error}") from None


def _text_of(file: BinaryIO, name: str) -> str:
    wrapper = io.TextIOWrapper(file, encoding="utf-8")
    try:
        return wrapper.read()
    except UnicodeDecodeError as error:
        raise BadInputError(f"{name}: expected text in UTF-8, found byte {error.start} that is none") from None
    finally:
        wrapper.detach()


class _Watch:
    """Passes tokens on and takes the time: seconds until the first, and from there to the last."""

    def __init__(self, tokens: Iterable[int]) -> None:
        self._tokens = tokens
        self.count = 0
        self.first = self.others = 0.0

    def __iter__(self) -> Iterator[int]:
        start = time.perf_counter()
        for token in self._tokens:
            elapsed = time.perf_counter() - start
            if self.count == 0:
                self.first = elapsed
            self.others = elapsed - self.first
            self.count += 1
            yield token


def _score(options: argparse.Namespace) -> None:
    if options.tokens is not None:
        if options.documents or options.logprobs is None:
            raise UsageError("--tokens: expected --logprobs and no --text beside it, found otherwise")
        _score_tokens(options)
        return
    if not options.documents or options.logprobs is not None:
        raise UsageError("expected --text, or --tokens and --logprobs, found neither")
    tokenizer = _tokenizer(options)
    ids = []
    for name in options.documents:
        try:
            with open(name, "rb") as file:
                text = _text_of(file, name)
        except BraidError:
            raise
        except OSError as error:
            raise FileError(f"cannot read '{name}': {error.strerror}") from None
        tokens = tokenizer.encode(text, special=not options.no_special_tokens)
        if len(tokens) < 2:
            raise BadInputError(f"{name}: expected at least two tokens, found {len(tokens)}")
        ids.append(tokens)
    with _program(options) as program:
        for name, found in zip(options.documents, scores(program, ids, threads=options.threads)):
            total = float(found.logprobs.sum(dtype=np.float64))
            print(
                f"{name}: {found.logprobs.size} tokens after the first, log-probability {total:.6f}, "
                f"perplexity {np.exp(-total / found.logprobs.size):.6g}",
                flush=True,
            )


def _score_tokens(options: argparse.Namespace) -> None:
    tokens = read_tokens(options.tokens)
    with _program(options) as program:
        result = np.stack([found.logprobs for found in scores(program, list(tokens), threads=options.threads)])
    write_array(options.logprobs, result)


def _bench(options: argparse.Namespace) -> None:
    with _program(options) as program:
        found = bench(
            program,
            options.entry,
            rows=options.rows,
            tokens=options.tokens,
            context=options.context,
            chunk=options.chunk,
            repeats=options.repeats,
            threads=options.threads,
        )
    if options.json:
        print(json.dumps(asdict(found)))
        return
    print(
        f"{found.entry}: {found.rows} rows of {found.tokens} tokens after {found.context}: median "
        f"{found.median_s * 1e3:.6g} ms, best {found.best_s * 1e3:.6g} ms of {found.calls} calls, "
        f"{found.tokens_per_s:.6g} tokens/s"
    )
    print(
        f"moved: {found.bytes / 1e6:.6g} MB; this machine reads {found.rates.bytes / 1e9:.6g} GB/s; computed: "
        f"{found.flops / 1e9:.6g} GFLOP"
    )
    print(f"floor by the kernels' roofline: {found.floor_s * 1e3:.6g} ms; share {found.share:.6g}")


def _info(options: argparse.Namespace) -> None:
    manifest = read_manifest(options.artifact)
    print(manifest.text if options.manifest else describe(manifest, tensors=options.tensors))
