"""`python -m tests.contract.golden`: write the golden files of versions, and cases, that have none yet.

A file that is there stays as it is: it is what an earlier program wrote. Who changes the form of a record raises its
version, runs this, and adds what reads the version before to `tests/contract/golden/records.py`.
"""

import sys

from tests.contract.golden.files import write
from tests.contract.golden.records import GOLDEN

for golden in GOLDEN:
    for path in write(golden.record, golden.version, golden.today()):
        sys.stdout.write(f"{path}\n")
