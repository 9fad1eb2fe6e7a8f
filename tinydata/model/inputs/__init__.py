"""Inputs: what a built model can be run on, found without knowing the architecture. Everything here needs torch."""

from tinydata.model.inputs.calling import call, copied, entry, parts_of
from tinydata.model.inputs.describe import describe, tensors_of
from tinydata.model.inputs.generating import generate, generation_inputs
from tinydata.model.inputs.running import Ran, forward_runs, run_forward, run_repaired

__all__ = [
    "Ran",
    "call",
    "copied",
    "describe",
    "entry",
    "forward_runs",
    "generate",
    "generation_inputs",
    "parts_of",
    "run_forward",
    "run_repaired",
    "tensors_of",
]
