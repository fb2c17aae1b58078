"""The code view: every part says what it offers, makes what it says, and takes what was written elsewhere."""

from __future__ import annotations

import io
import zipfile

import pytest
from streamlit.testing.v1 import AppTest
from ui_fakes import FakeClient

from explorer.experiment import Experiment, presets
from explorer.export import arrays
from explorer.export.bundle import bundled
from explorer.export.script import training_script
from explorer.export.source import network_source
from explorer.results.inherited import Inherited
from explorer.runs import checkpoints
from explorer.runs import home as places
from explorer.runs.store import CheckpointRow
from explorer.training.loop import Training
from explorer.ui import code_view, session

DIGITS = Experiment.preset("digits_mlp")
PAGE = """
from explorer.ui.code_view import code_view
from explorer.ui.live_page import LivePage, open_page, write_link
page = LivePage(name="digits", default="digits_mlp", drafts=True)
open_page(page)
write_link(page)
code_view(page)
"""
GAN = {
    "schema_version": 1,
    "data": {"kind": "gaussians"},
    "task": {"kind": "gan"},
    "networks": {role: {"layers": [{"kind": "linear"}, {"kind": "output"}]} for role in ("generator", "discriminator")},
}


class SavingClient(FakeClient):
    """Runs that save a checkpoint when they are told to."""

    def save(self, run_id: str, steps: int) -> CheckpointRow:
        training = Training(Experiment.from_json(self.run(run_id).experiment))
        training.advance(steps=steps)
        return checkpoints.save(places.run_folder(self.home, run_id), steps, *training.checkpoint())

    saved: tuple[CheckpointRow, ...] = ()

    def checkpoints(self, run_id: str) -> list[CheckpointRow]:
        return list(self.saved)


@pytest.fixture
def client(tmp_path, monkeypatch):
    fake = SavingClient(tmp_path)
    monkeypatch.setattr(session, "client", lambda: fake)
    monkeypatch.setattr(places, "check_run_id", lambda run_id: run_id)  # those of the fake have another form
    return fake


def opened(tab: str, experiment: Experiment = DIGITS) -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=120)
    app.query_params["x"] = experiment.to_url()
    app.session_state["digits.code.tab"] = tab
    return app.run()


def downloads(app: AppTest) -> list[str]:
    return [button.proto.label for button in app.get("download_button")]


def said(app: AppTest) -> str:
    return " ".join(element.value for element in [*app.caption, *app.info, *app.error, *app.markdown])


@pytest.mark.parametrize("name", [*presets("build")])
@pytest.mark.parametrize("tab", ["PyTorch", "Picture", "Import"])
def test_every_part_opens_for_every_starter(tab, name, client):
    app = opened(tab, Experiment.preset(name))
    assert not app.exception
    assert not app.error
    assert not app.info


def test_the_source_can_be_copied(client):
    assert opened("PyTorch").code[0].value == network_source(DIGITS).strip()


def test_a_gan_has_code_for_each_network_and_says_what_it_cannot_have(client):
    gan = Experiment.from_fields(GAN)
    app = opened("PyTorch", gan)
    assert [code.value for code in app.code] == [network_source(gan, role).strip() for role in ("generator", "discriminator")]
    assert "cannot be written as a script yet" in opened("Script", gan).info[0].value
    offered = [f"{kind} of the {role}" for role in ("generator", "discriminator") for kind in ("SVG", "PNG")]
    assert downloads(opened("Picture", gan)) == offered


def test_a_run_with_inherited_weights_is_not_what_the_program_repeats(client, monkeypatch):
    assert "when it begins anew." in opened("Script").caption[0].value
    monkeypatch.setattr(client, "inherited", lambda run_id: Inherited(("linear_1",), (), "Kept.", "other"))
    assert "the run on this page began with weights of an earlier one" in opened("Script").caption[0].value


@pytest.mark.parametrize(("tab", "name"), [("Script", "experiment.py"), ("Notebook", "experiment.ipynb")])
def test_a_program_is_offered_and_its_readable_part_shown(tab, name, client):
    app = opened(tab)
    assert downloads(app)[0].startswith(f"Download {name} (")
    assert "def train(steps):" in app.code[0].value
    assert "base64" in app.code[0].value
    assert len(app.code[0].value) < 6000


def test_a_network_that_does_not_fit_says_so_where_its_code_would_be(client):
    broken = DIGITS.with_network("model", DIGITS.networks["model"].replaced("flatten_1"))
    app = opened("PyTorch")
    app.session_state[session.KEY].pages["digits"].draft = broken
    app.run()
    assert not app.exception
    assert "Layer 1 (Linear)" in app.info[0].value


def test_a_program_too_large_for_a_page_says_so(client, monkeypatch):
    monkeypatch.setattr(code_view, "MOST_PARAMETERS", 100)
    assert "This network has 2,410 parameters" in opened("Script").info[0].value


def test_before_the_first_checkpoint_there_are_words_and_no_file(client):
    app = opened("Weights")
    assert "has saved no weights yet" in app.info[0].value
    assert not downloads(app)


@pytest.mark.parametrize(("kind", "suffix"), [("safetensors", ".safetensors"), ("PyTorch", ".pt")])
def test_the_newest_weights_are_made_into_a_file_when_asked(kind, suffix, client):
    app = opened("Weights")
    (row,) = client.runs()
    client.saved = (client.save(row.id, 12),)
    app.run()
    assert "those of step 12" in said(app)
    assert not downloads(app)
    app.segmented_control(key="digits.code.format").set_value(kind).run()
    app.button(key="digits.code.make").click().run()
    assert not app.exception
    assert downloads(app)[0].startswith(f"Download digits-model-step-12{suffix} (")


def test_weights_that_vanished_are_explained(client):
    app = opened("Weights")
    client.saved = (CheckpointRow(5, "checkpoint-5-gone.safetensors", "0" * 64),)
    app.run()
    app.button(key="digits.code.make").click().run()
    assert "The checkpoint of step 5 is missing." in app.info[0].value


def test_pasted_code_becomes_the_network(client):
    app = opened("Import")
    assert app.button(key="digits.code.use").disabled
    app.text_area(key="digits.code.paste").set_value("nn.Sequential(\n  nn.Flatten(),\n  nn.Linear(784, 20),\n  nn.Linear(20, 10))").run()
    assert "4 layers" not in said(app)
    assert "3 layers: Flatten, Linear, Output." in said(app)
    assert "Line 3: in_features 784 is replaced by 64, which is what arrives." in said(app)
    app.button(key="digits.code.use").click().run()
    draft = app.session_state[session.KEY].pages["digits"].draft
    assert [layer.kind for layer in draft.networks["model"].layers] == ["flatten", "linear", "output"]
    assert draft.data == DIGITS.data


def test_a_mistake_in_pasted_code_is_said_under_the_box(client):
    app = opened("Import")
    app.text_area(key="digits.code.paste").set_value("nn.Sequential(\n  nn.Linaer(2, 8))").run()
    assert app.error[0].value == "Line 2, column 3: found 'nn.Linaer'; expected a layer, did you mean nn.Linear?"
    assert app.button(key="digits.code.use").disabled


def test_arrays_too_large_for_text_come_along_in_a_zip(monkeypatch):
    name, content = bundled("run.py", training_script(DIGITS), DIGITS)
    assert (name, content.decode()) == ("run.py", training_script(DIGITS))
    monkeypatch.setattr(arrays, "MAX_TEXT", 10_000)
    text = training_script(DIGITS)
    name, content = bundled("run.py", text, DIGITS)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert name == "run.zip"
        assert sorted(archive.namelist()) == ["data.npz", "run.py", "weights.npz"]
        assert archive.read("data.npz") == arrays.run_files(DIGITS)["data.npz"]
        assert archive.read("run.py").decode() == text
