"""Code both ways: a network or a whole run as text that needs PyTorch alone, and pasted text as a network.

Decided: what is written follows from the built module itself, its class, its settings and the source of its `forward`.
Because: a new layer, loss or schedule is then exported without a line here.
Instead of: a template for every kind, which would be a second catalogue to keep in step with the first.
"""
