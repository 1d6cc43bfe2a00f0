"""Sessions over the runtime's C interface, as tests use them."""
import ctypes as c
import json
import sys

import numpy as np


class ProgramOptions(c.Structure):
    _fields_ = [("size", c.c_uint64), ("weights", c.c_char_p), ("seed", c.c_uint64), ("threads", c.c_int32),
                ("reserved", c.c_int32), ("log", c.c_void_p), ("log_context", c.c_void_p)]


class SessionOptions(c.Structure):
    _fields_ = [("size", c.c_uint64), ("max_rows", c.c_int64), ("max_tokens", c.c_int64), ("max_context", c.c_int64),
                ("slots", c.c_int64), ("threads", c.c_int32), ("flags", c.c_uint32), ("checkpoints", c.c_int64),
                ("checkpoint_every", c.c_int64)]


class Batch(c.Structure):
    _fields_ = [("size", c.c_uint64), ("entry", c.c_int32), ("reserved", c.c_int32), ("rows", c.c_int64),
                ("row_start", c.c_void_p), ("slot", c.c_void_p), ("tokens", c.c_void_p)]


class Error(Exception):
    pass


class Runtime:
    def __init__(self, path):
        self.library = c.CDLL(path)
        self.library.braid_status_message.restype = c.c_char_p
        self.library.braid_program_manifest.restype = c.c_void_p
        for name in ("braid_slot_length", "braid_slot_rollback_limit"):
            getattr(self.library, name).restype = c.c_int64
        self.library.braid_slot_snapshot_bytes.restype = c.c_size_t

    def call(self, name, *arguments):
        """Calls a function that returns a status."""
        function = getattr(self.library, name)
        function.restype = c.c_void_p
        if status := function(*arguments):
            message = self.library.braid_status_message(c.c_void_p(status)).decode()
            self.library.braid_status_destroy(c.c_void_p(status))
            raise Error(message)


class Program:
    def __init__(self, runtime, path, seed=1):
        self.runtime, self.handle = runtime, c.c_void_p()
        options = ProgramOptions(c.sizeof(ProgramOptions), None, seed, 1)
        runtime.call("braid_program_load", path.encode(), c.byref(options), c.byref(self.handle))
        size = c.c_size_t()
        text = runtime.library.braid_program_manifest(self.handle, c.byref(size))
        self.manifest = json.loads(c.string_at(text, size.value))
        self.vocab = self.manifest["model"]["vocab_size"]

    def entry(self, name):
        return self.runtime.library.braid_program_find_entry(self.handle, name.encode())


POISON = 1


class Session:
    def __init__(self, program, rows=8, tokens=1024, context=1024, slots=8, threads=2, checkpoints=0, every=0):
        self.program, self.runtime, self.handle = program, program.runtime, c.c_void_p()
        options = SessionOptions(c.sizeof(SessionOptions), rows, tokens, context, slots, threads, POISON, checkpoints, every)
        self.runtime.call("braid_session_create", program.handle, c.byref(options), c.byref(self.handle))

    def __del__(self):
        self.runtime.library.braid_session_destroy(self.handle)

    def run(self, entry, rows):
        """Rows are pairs of slot and tokens; returns the logits of each, [vocab], or [tokens, vocab] by entry score."""
        start = np.cumsum([0] + [len(tokens) for _, tokens in rows]).astype(np.int64)
        slots = np.array([slot for slot, _ in rows], np.int32)
        tokens = np.concatenate([tokens for _, tokens in rows]).astype(np.int32)
        logits = np.full((start[-1] if entry == "score" else len(rows), self.program.vocab), np.nan, np.float32)
        batch = Batch(c.sizeof(Batch), self.program.entry(entry), 0, len(rows), start.ctypes.data, slots.ctypes.data,
                      tokens.ctypes.data)
        self.runtime.call("braid_session_run", self.handle, c.byref(batch), c.c_void_p(logits.ctypes.data),
                          c.c_size_t(logits.size))
        return [logits[start[i]:start[i + 1]] if entry == "score" else logits[i] for i in range(len(rows))]

    def slot(self, action, *arguments):
        arguments = [c.c_int64(a) if isinstance(a, int) else a for a in arguments]
        self.runtime.call("braid_slot_" + action, self.handle, *arguments)

    def length(self, slot):
        return self.runtime.library.braid_slot_length(self.handle, c.c_int64(slot))

    def rollback_limit(self, slot):
        return self.runtime.library.braid_slot_rollback_limit(self.handle, c.c_int64(slot))

    def snapshot(self, slot):
        size = self.runtime.library.braid_slot_snapshot_bytes(self.handle, c.c_int64(slot))
        buffer = c.create_string_buffer(size)
        self.slot("snapshot", slot, buffer, c.c_size_t(size))
        return buffer.raw

    def restore(self, slot, snapshot):
        self.slot("restore", slot, snapshot, c.c_size_t(len(snapshot)))


def require(condition, message):
    if not condition:
        sys.exit("error: " + message)
