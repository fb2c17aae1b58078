"""Weights as files: safetensors and torch's own state dict, under the plain names of the layers."""

from __future__ import annotations

import io

import safetensors.torch
import torch

from explorer.errors import SpecError


def layer_weights(tensors: dict[str, torch.Tensor], role: str = "model") -> dict[str, torch.Tensor]:
    """The weights and buffers of one network in a checkpoint: "linear_1.weight", "residual_1.body.linear_2.bias".

    Args:
        tensors: the tensors of `Training.checkpoint()`.

    Raises:
        SpecError: the checkpoint has no network of this role.
    """
    part = checkpoint_part(tensors, role)
    return {name.removeprefix("body."): value.detach().cpu().contiguous().clone() for name, value in part.items()}


def checkpoint_part(tensors: dict[str, torch.Tensor], role: str) -> dict[str, torch.Tensor]:
    """The state dict of one network in a checkpoint. Raises SpecError."""
    prefix = f"network/{role}/"
    found = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    if not found:
        roles = sorted({name.split("/")[1] for name in tensors if name.startswith("network/")})
        raise SpecError(f"This checkpoint has no network named {role[:40]!r}. It has: {', '.join(roles) or 'none'}.")
    return found


def safetensors_bytes(tensors: dict[str, torch.Tensor], role: str = "model") -> bytes:
    """A .safetensors file: no code in it, read by many programs. Raises as `layer_weights`."""
    return safetensors.torch.save(layer_weights(tensors, role), metadata={"format": "pt"})


def state_dict_bytes(tensors: dict[str, torch.Tensor], role: str = "model") -> bytes:
    """A .pt file for `torch.load(file, weights_only=True)`. Raises as `layer_weights`."""
    file = io.BytesIO()
    torch.save(layer_weights(tensors, role), file)
    return file.getvalue()
