"""From a tree of layers to a torch module, with its shapes, cost, limits and diagram.

Decided: everything about a network that can be known before it is built is computed from integers or on the meta device.
Because: a network that does not fit must be explained, or refused with an estimate, before memory is taken.
Instead of: building it and reading what torch says.
"""
