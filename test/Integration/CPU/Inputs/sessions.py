"""sessions.py RUNTIME ARTIFACT...: a sequence's logits depend on its own pieces alone.

neighbours: the pieces stay, whatever shares their calls: other documents in other numbers, lengths and orders.
surgery: slots are copied, rolled back, written to snapshots and files, and brought back, in any order.
Both compare, to the bit, with the same pieces in a slot of a session that does nothing else.
"""
import os
import sys
import tempfile

import numpy as np

from abi import Program, Runtime, Session, require


class Alone:
    """The logits behind a history of pieces, from a session that has no other."""

    def __init__(self, program):
        self.session, self.known = Session(program, rows=1, slots=1), {}

    def __call__(self, history):
        key = tuple(map(tuple, history))
        if key not in self.known:
            self.session.slot("reset", 0)
            for piece in history:
                logits = self.session.run("decode" if len(piece) == 1 else "prefill", [(0, piece)])[0]
            self.known[key] = logits.copy()
        return self.known[key]


def draw_piece(random, vocab, most=60):
    count = random.integers(1, 4) if random.random() < 0.6 else random.integers(1, most)
    return random.integers(0, vocab, count).tolist()


def neighbours(program, random, calls=40):
    alone, session = Alone(program), Session(program, threads=2)
    own = [draw_piece(random, program.vocab) for _ in range(8)]
    for _ in range(calls // len(own)):
        slots = random.permutation(8).tolist()
        mine, others = slots[0], slots[1:]
        for slot in slots:
            session.slot("reset", slot)
        for at, piece in enumerate(own):
            rows = [(slot, draw_piece(random, program.vocab)) for slot in others[:random.integers(0, 8)]
                    if session.length(slot) < 900]
            if random.random() < 0.3:  # steps among steps
                rows = [(slot, tokens[:1]) for slot, tokens in rows]
            if random.random() < 0.2:
                rows = rows[:6] + [(-1, draw_piece(random, program.vocab, 5))]
            place = int(random.integers(0, len(rows) + 1))
            rows.insert(place, (mine, piece))
            single = all(len(tokens) == 1 for _, tokens in rows)
            entry = str(random.choice(["prefill", "score"] + ["decode"] * (3 * single)))
            logits = session.run(entry, rows)[place]
            logits = logits[-1] if entry == "score" else logits
            require(np.array_equal(logits, alone(own[:at + 1])),
                    f"piece {at} of {len(piece)} tokens, entry {entry}, beside {[len(t) for _, t in rows]}: other bits than alone")


def surgery(program, random, steps=120):
    alone = Alone(program)
    session = Session(program, slots=4, checkpoints=6, every=int(random.integers(0, 9)))
    other = Session(program, slots=1)
    held = [[] for _ in range(4)]
    done = dict.fromkeys(("give", "copy", "rollback", "snapshot", "file"), 0)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "slot").encode()
        for _ in range(steps):
            slot, to = random.choice(4, 2, replace=False).tolist()
            action = str(random.choice(list(done), p=[0.55, 0.1, 0.2, 0.1, 0.05]))
            length = sum(map(len, held[slot]))
            done[action] += 1
            if action == "give" and length < 800:
                held[slot] = held[slot] + [draw_piece(random, program.vocab, 30)]
                entry = "decode" if len(held[slot][-1]) == 1 else "prefill"
                logits = session.run(entry, [(slot, held[slot][-1])])[0]
                require(np.array_equal(logits, alone(held[slot])), f"{done}: other bits than without all that")
            elif action == "copy":
                session.slot("copy", slot, to)
                held[to] = held[slot]
            elif action == "rollback":
                count = min(session.rollback_limit(slot), int(random.integers(1, 12)))
                session.slot("rollback", slot, count)
                left, held[slot] = length - count, list(held[slot])
                while sum(map(len, held[slot])) > left:
                    last = held[slot].pop()
                    if (rest := left - sum(map(len, held[slot]))) > 0:
                        held[slot].append(last[:rest])
            elif action == "snapshot":
                session.restore(to, session.snapshot(slot))
                held[to] = held[slot]
            elif action == "file":
                session.slot("save", slot, path)
                other.slot("load", 0, path)
                session.restore(to, other.snapshot(0))
                held[to] = held[slot]
            for i in range(4):
                require(session.length(i) == sum(map(len, held[i])), f"{done}: slot {i} has another length")
    require(min(done.values()) > 0, f"not every action was drawn: {done}")


def main(library, *artifacts):
    runtime = Runtime(library)
    seed = int(os.environ.get("BRAID_PROPERTY_SEED", "0"))
    for path in artifacts:
        program, random = Program(runtime, path), np.random.default_rng(seed)
        neighbours(program, random)
        surgery(program, random)
        print(f"{os.path.basename(path)}: the same bits, seed {seed}")


main(*sys.argv[1:])
