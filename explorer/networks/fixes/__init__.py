"""One-click fixes: what mends a network that cannot be trained as it is, each kind of change in a file.

Decided: a fix only suggests edits; every suggestion is tried by integer arithmetic, and only what gets further is offered.
Because: a fix then needs no rules about what fits, and a button that is offered always works.
Instead of: a fix written into each layer's error, which knows nothing of the layers that follow.
"""

from explorer.networks.fixes.base import FIXES, Edit, Fix
from explorer.networks.fixes.propose import Proposal, fixes_for

__all__ = ["FIXES", "Edit", "Fix", "Proposal", "fixes_for"]
