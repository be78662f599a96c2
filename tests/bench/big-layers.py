#!/usr/bin/env python3
"""Five tar archives of about 200 MB each: big-layers.py DIRECTORY. Half of the bytes are random."""
import io
import os
import random
import sys
import tarfile

random.seed(1)
words = b"The quick brown fox jumps over the lazy dog, again and again and again. " * 60000
os.makedirs(sys.argv[1])
for layer in range(5):
    with tarfile.open(f"{sys.argv[1]}/{layer}.tar", "w") as tar:
        total = number = 0
        while total < 210_000_000:
            size = random.choice([500, 3000, 3000, 12000, 12000, 50000, 400000])
            half = size // 2
            start = random.randrange(1000000)
            data = random.randbytes(half) + words[start:start + size - half]
            entry = tarfile.TarInfo(f"big{layer}/d{number // 200}/f{number}")
            entry.size = len(data)
            entry.mtime = 1600000000
            tar.addfile(entry, io.BytesIO(data))
            total += size
            number += 1
