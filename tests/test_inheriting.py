"""What a training takes over from an earlier one: tensors equal to the earlier ones, or to those of the seed."""

import pytest
import torch

from explorer.errors import RunError
from explorer.experiment import Experiment, changed
from explorer.runs import checkpoints
from explorer.training.loop import train

SPIRAL = changed(Experiment.preset("spiral"), "training.engine", "eager")
RELU = {"kind": "relu"}


def mlp(*layers, data=SPIRAL, **training):
    experiment = changed(data, "networks.model.layers", [*layers, {"kind": "output", "id": "out"}])
    for name, value in training.items():
        experiment = changed(experiment, f"training.{name}", value)
    return experiment


def linear(name, units=8):
    return {"kind": "linear", "id": name, "out_features": units}


def trained(experiment, steps=20):
    training = train(experiment)
    training.advance(steps=steps)
    return training


def weights(training, layer_id, role="model"):
    return training.module_of(role, layer_id).state_dict()


def equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def moments(training, layer_id, role="model"):
    state = training.state.optimizers[role].state
    return [dict(state[p]) for p in training.module_of(role, layer_id).parameters()]


def assert_taken(heir, forerunner, kept, fresh):
    """The layers named have the forerunner's weights, the others those of the seed."""
    first = train(heir.experiment)
    assert heir.inherited.kept == tuple(kept)
    assert heir.inherited.fresh == tuple(fresh)
    assert all(equal(weights(heir, name), weights(forerunner, name)) for name in kept)
    assert all(equal(weights(heir, name), weights(first, name)) for name in fresh)
    assert heir.step == 0


THREE = (linear("a"), RELU, linear("b"), RELU, linear("c"), RELU)


def test_the_same_network_keeps_everything_and_learns_on_as_the_earlier_one():
    """The first loss of the heir is what the earlier training would have had on the same batch; its moments are the same."""
    before = trained(mlp(*THREE))
    heir = train(mlp(*THREE), weights_of=before)
    assert_taken(heir, before, ("a", "b", "c", "out"), ())
    assert heir.inherited.text == "kept the weights of all 4 layers"
    before.measure()
    assert heir.metrics["train_loss"] == before.metrics["train_loss"]
    assert all(equal(x, y) for name in "abc" for x, y in zip(moments(heir, name), moments(before, name), strict=True))


def test_the_earlier_training_is_left_alone():
    before = trained(mlp(*THREE))
    copy = {name: tensor.clone() for name, tensor in before.checkpoint()[0].items()}
    train(mlp(*THREE), weights_of=before).advance(steps=5)
    assert equal(before.checkpoint()[0], copy)


def test_another_width_is_new_and_so_is_the_layer_it_feeds():
    before = trained(mlp(*THREE))
    heir = train(mlp(linear("a"), RELU, linear("b", 5), RELU, linear("c"), RELU), weights_of=before)
    assert_taken(heir, before, ("a", "out"), ("b", "c"))
    assert heir.inherited.text == (
        "kept the weights of 2 of 4 layers: layer 1 (Linear), layer 7 (Output); "
        "new: layer 3 (Linear) as its size changed, layer 5 (Linear) as its size changed"
    )


def test_an_added_layer_is_new_and_the_others_stay():
    before = trained(mlp(*THREE))
    heir = train(mlp(linear("a"), RELU, linear("d"), {"kind": "tanh"}, *THREE[2:]), weights_of=before)
    assert_taken(heir, before, ("a", "b", "c", "out"), ("d",))
    assert heir.inherited.text.endswith("new: layer 3 (Linear) as it was added")


def test_a_removed_layer_takes_nothing_with_it():
    before = trained(mlp(*THREE))
    assert_taken(train(mlp(*THREE[:2], *THREE[4:]), weights_of=before), before, ("a", "c", "out"), ())


def test_moved_layers_keep_their_weights():
    before = trained(mlp(*THREE))
    assert_taken(train(mlp(THREE[0], RELU, THREE[4], RELU, THREE[2], RELU), weights_of=before), before, ("a", "c", "b", "out"), ())


def test_a_layer_of_another_kind_with_the_same_id_is_new():
    before = trained(mlp(linear("a"), {"kind": "layer_norm", "id": "n"}))
    heir = train(mlp(linear("a"), {"kind": "linear", "id": "n", "out_features": 8}), weights_of=before)
    assert_taken(heir, before, ("a", "out"), ("n",))


def test_copies_of_a_repeat_are_kept_one_by_one():
    def repeated(times):
        return mlp(linear("a"), {"kind": "repeat", "id": "r", "times": times, "body": [linear("b"), RELU]})

    before = trained(repeated(2))
    heir = train(repeated(3), weights_of=before)
    assert_taken(heir, before, ("a", "b", "b#2", "out"), ("b#3",))
    assert "layer 2 (Repeat), layer 1 (Linear), copy 3 as it was added" in heir.inherited.text
    assert_taken(train(repeated(1), weights_of=before), before, ("a", "b", "out"), ())


def test_a_convolutional_network_keeps_weights_and_running_means():
    digits = Experiment.preset("digits_cnn")

    def cnn(*more, channels=6):
        conv = {"kind": "conv2d", "id": "conv", "out_channels": channels, "padding": 1}
        return mlp(conv, {"kind": "batch_norm2d", "id": "norm"}, RELU, *more, {"kind": "flatten"}, data=digits)

    before = trained(cnn(), 5)
    assert weights(before, "norm")["num_batches_tracked"] == 5
    heir = train(cnn({"kind": "conv2d", "id": "next", "out_channels": 6, "padding": 1}), weights_of=before)
    assert_taken(heir, before, ("conv", "norm", "out"), ("next",))
    assert_taken(train(cnn(channels=7), weights_of=before), before, (), ("conv", "norm", "out"))


def test_other_data_of_the_same_shape_keep_the_weights():
    before = trained(mlp(*THREE))
    assert_taken(train(mlp(*THREE, data=changed(SPIRAL, "data", {"kind": "xor"})), weights_of=before), before, ("a", "b", "c", "out"), ())


def test_networks_are_matched_by_their_role():
    fields = {"schema_version": 1, "data": {"kind": "gaussian_ring", "size": 500}, "task": {"kind": "gan"}}
    network = {"layers": [linear("a"), RELU, {"kind": "output", "id": "out"}]}
    gan = Experiment.from_fields({**fields, "networks": {"generator": network, "discriminator": network}})
    before = trained(gan, 3)
    heir = train(changed(gan, "networks.generator.layers.0.out_features", 9), weights_of=before)
    assert heir.inherited.kept == ("discriminator/a", "discriminator/out")
    assert heir.inherited.fresh == ("generator/a", "generator/out")
    assert equal(weights(heir, "a", "discriminator"), weights(before, "a", "discriminator"))
    assert "new: generator, layer 1 (Linear) as its size changed" in heir.inherited.text


@pytest.mark.parametrize("kind", ["adam", "momentum", "rmsprop", "nadam", "adagrad"])
def test_the_optimiser_remembers_what_it_did_of_every_weight_that_was_kept(kind):
    before = trained(mlp(*THREE, optimizer={"kind": kind}))
    heir = train(mlp(linear("a"), RELU, linear("d"), RELU, *THREE[2:], optimizer={"kind": kind}), weights_of=before)
    for name in ("a", "b", "c", "out"):
        assert all(equal(x, y) and x for x, y in zip(moments(heir, name), moments(before, name), strict=True))
    assert not any(moments(heir, "d"))
    assert torch.isfinite(torch.tensor(heir.advance(steps=10).metrics["train_loss"]))


def test_another_optimiser_remembers_nothing():
    before = trained(mlp(*THREE, optimizer={"kind": "adam"}))
    heir = train(mlp(*THREE, optimizer={"kind": "nadam"}), weights_of=before)
    assert heir.inherited.fresh == ()
    assert not any(moment for name in "abc" for moment in moments(heir, name))


@pytest.mark.parametrize(("kind", "remembered"), [("adam", False), ("rmsprop", True), ("momentum", True)])
def test_where_the_kernel_runs_one_clock_counts_for_all(kind, remembered):
    """It corrects all averages of Adam by one number of steps: beside a new layer they begin anew, and both engines agree."""
    experiment = mlp(*THREE, engine="auto", optimizer={"kind": kind})
    before = trained(experiment)
    assert any(moments(train(experiment, weights_of=before), "a"))
    wider = mlp(*THREE[:4], linear("c", 9), RELU, engine="auto", optimizer={"kind": kind})
    heir = train(wider, weights_of=before)
    assert any(moments(heir, "a")) == remembered
    assert equal(weights(heir, "a"), weights(before, "a"))


def test_two_heirs_of_one_training_train_alike():
    before = trained(mlp(*THREE))
    wider = mlp(*THREE[:4], linear("c", 9), RELU)
    one, two = (train(wider, weights_of=source) for source in (before, before.checkpoint()))
    one.advance(steps=30)
    two.advance(steps=30)
    assert equal(one.checkpoint()[0], two.checkpoint()[0])


def test_an_heir_goes_on_bit_for_bit_after_its_checkpoint_is_restored():
    before = trained(mlp(*THREE))
    wider = mlp(*THREE[:4], linear("c", 9), RELU, {"kind": "dropout"})
    whole = train(wider, weights_of=before)
    whole.advance(steps=10)
    saved = whole.checkpoint()
    whole.advance(steps=10)
    again = train(wider)
    again.restore(*saved)
    again.advance(steps=10)
    assert equal(whole.checkpoint()[0], again.checkpoint()[0])


def test_the_file_of_a_checkpoint_will_do(tmp_path):
    before = trained(mlp(*THREE))
    row = checkpoints.save(tmp_path, before.step, *before.checkpoint())
    assert_taken(train(mlp(*THREE), weights_of=tmp_path / row.file), before, ("a", "b", "c", "out"), ())
    (tmp_path / "no.safetensors").write_bytes(b"no checkpoint")
    for name in ("no.safetensors", "missing.safetensors"):
        with pytest.raises(RunError, match="is not a checkpoint of a run"):
            train(mlp(*THREE), weights_of=tmp_path / name)


def test_weights_that_are_not_those_of_the_record_are_refused():
    tensors, meta = trained(mlp(*THREE)).checkpoint()
    with pytest.raises(RunError, match="not those of its networks"):
        train(mlp(*THREE), weights_of=(tensors, {**meta, "experiment": mlp(linear("a")).to_json()}))


def test_what_is_not_a_number_is_not_inherited():
    tensors, meta = trained(mlp(*THREE)).checkpoint()
    tensors["network/model/body.b.weight"][0, 0] = float("nan")
    heir = train(mlp(*THREE), weights_of=(tensors, meta))
    assert heir.inherited.fresh == ("b",)
    assert "as its weights were no longer numbers" in heir.inherited.text
