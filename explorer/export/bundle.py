"""A script or notebook as one file to take away, with the arrays it names where they are too large to stand in it."""

from __future__ import annotations

import io
import zipfile

from explorer.experiment import Experiment
from explorer.export.arrays import run_files


def bundled(name: str, text: str, experiment: Experiment) -> tuple[str, bytes]:
    """(file name, content): the text itself, or a .zip of it and the .npz files it reads.

    Args:
        name: of the text's own file.
        text: as `script.training_script` or `notebook.training_notebook` made it of `experiment`.
    """
    if " beside this script" not in text:
        return name, text.encode()
    beside = {file: content for file, content in run_files(experiment).items() if f"put {file} beside" in text}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in {name: text.encode(), **beside}.items():
            archive.writestr(file, content)
    return f"{name.rpartition('.')[0]}.zip", packed.getvalue()
