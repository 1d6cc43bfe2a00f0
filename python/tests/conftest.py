"""A small model, compiled once, and the tools that the package is held against."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BRAID_BUILD", ROOT / "build"))
sys.path.insert(0, str(ROOT / "python"))
# The build under test, whatever else is installed.
os.environ["BRAID_LIBRARY"] = str(BUILD / "lib")
os.environ["BRAIDC"] = str(BUILD / "bin" / "braidc")
os.environ["PYTHONPATH"] = str(ROOT / "python")

import braid  # noqa: E402

# A byte-level tokenizer fits in the vocabulary.
VOCAB = 400
DESCRIPTION = {
    "name": "tiny",
    "pattern": "M*-",
    "d_model": 64,
    "vocab_size": VOCAB,
    "dtype": "f32",
    "bos_token_id": 1,
    "eos_token_id": [2, 3],
    "mamba2": {"heads": 4, "head_dim": 16, "groups": 2, "state": 16, "conv": 4, "chunk": 16},
    "attention": {"heads": 4, "kv_heads": 2, "head_dim": 16, "rope": None},
    "mlp": {"width": 128, "activation": "gelu", "gated": False},
    "norm": {"kind": "rms_norm", "eps": 1e-5},
}
SEED = 3


def run_tool(name, *arguments):
    """Standard output of a tool of the build."""
    done = subprocess.run([str(BUILD / "bin" / name), *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_python(*arguments, code=0, stdin=None):
    """Standard output and standard error of this Python."""
    done = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, input=stdin)
    assert done.returncode == code, f"expected exit code {code}, found {done.returncode}: {done.stderr}"
    return done.stdout, done.stderr


def relative_error(found, expected):
    return np.linalg.norm(found.astype(np.float64) - expected) / np.linalg.norm(expected)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="session")
def description(folder):
    path = folder / "tiny.json"
    path.write_text(json.dumps(DESCRIPTION))
    return path


@pytest.fixture(scope="session")
def artifact(folder, description):
    return braid.compile(description, folder / "tiny.so")


@pytest.fixture(scope="session")
def weights(folder, artifact):
    run_tool("braid", "init", artifact, "--init", f"random:{SEED}", "-o", folder / "weights")
    return folder / "weights"


@pytest.fixture(scope="session")
def program(artifact):
    return braid.Program(artifact, seed=SEED)


@pytest.fixture
def session(program):
    with braid.Session(program, max_rows=4, max_tokens=256, max_context=400, slots=4, poison=True) as opened:
        yield opened


@pytest.fixture
def rng():
    return np.random.default_rng(20)


TEXT = (
    "The quick brown fox jumps over the lazy dog. Hybrid models mix scans, attention and layers. "
    "日本語のテキスト, русский текст, ελληνικά, emoji 😀👩‍👩‍👧🇩🇪 and naïve café. "
) * 8


@pytest.fixture(scope="session")
def tokenizer_json(folder):
    """Byte-level BPE: characters outside ASCII lie in several tokens. Tokens 0 to 3 are special."""
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token=None))
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCAB - 20,
        special_tokens=["<pad>", "<s>", "</s>", "<end>"],
        show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    made.train_from_iterator([TEXT], trainer)
    made.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    path = folder / "tokenizer.json"
    made.save(str(path))
    return path


@pytest.fixture(scope="session")
def tokenizer_model(folder):
    """sentencepiece with bytes for what it does not know."""
    sentencepiece = pytest.importorskip("sentencepiece")
    text = folder / "text.txt"
    text.write_text("".join(c for c in TEXT if c.isascii()).replace(". ", ".\n"), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=330,
        byte_fallback=True,
        character_coverage=1.0,
        normalization_rule_name="identity",
        hard_vocab_limit=False,
        minloglevel=2,
        bos_id=1,
        eos_id=2,
        unk_id=0,
    )
    return folder / "tokenizer.model"
