"""What every test stands on."""

import os
import tempfile
from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)  # small networks: a second thread costs more than it gives


@pytest.fixture(scope="session", autouse=True)
def home_of_tests():
    """Nobody's own data are touched, and small made-up sets stand where downloaded ones would lie."""
    from openml_stand_in import keep_all  # late: it imports half the explorer

    before = os.environ.get("NEURAL_EXPLORER_HOME")
    with tempfile.TemporaryDirectory(prefix="explorer-tests-") as folder:
        os.environ["NEURAL_EXPLORER_HOME"] = folder
        keep_all(Path(folder))
        yield Path(folder)
        os.environ.pop("NEURAL_EXPLORER_HOME") if before is None else os.environ.update(NEURAL_EXPLORER_HOME=before)
