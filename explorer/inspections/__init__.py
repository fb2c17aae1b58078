"""Questions to a network at one moment of its training: one file each. The answers are records; nothing here draws."""

from explorer.inspections.base import INSPECTIONS as INSPECTIONS
from explorer.inspections.base import Inspection as Inspection
