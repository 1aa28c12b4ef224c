"""What short updates that claim much cost: measured in a process of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.unit.protocol.update_bytes import BOMBS

ALLOWED_KB = 10_000
"""Far below the 50 MB a hostile client may cost; the interpreter itself varies by some MB."""

MEASURE = """
import sys, time
from pathlib import Path
from jupyter_tandem.errors import ProtocolError
from jupyter_tandem.protocol.update import decode_state_vector, inspect

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))

hostile = [bytes.fromhex(line) for line in sys.stdin]
Path("/proc/self/clear_refs").write_text("5")
before = peak()
started = time.process_time()
for update in hostile:
    for read in (inspect, decode_state_vector):
        try:
            read(update)
        except ProtocolError:
            pass
print(peak() - before, time.process_time() - started)
"""


@pytest.mark.spec("UPD-4")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_claims_cost_neither_memory_nor_time():
    hostile = "\n".join(update.hex() for update in BOMBS.values())
    result = subprocess.run(
        [sys.executable, "-c", MEASURE], input=hostile, capture_output=True, text=True, check=True
    )
    kilobytes, seconds = result.stdout.split()
    assert int(kilobytes) < ALLOWED_KB
    assert float(seconds) < 5
