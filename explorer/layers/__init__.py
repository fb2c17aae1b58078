"""The layer catalogue: one file per layer.

Decided: a layer is its record, an integer shape rule and one `build`; a block builds what it holds through `chain.build_chain`.
Because: shapes and their errors must be there before anything is allocated, and a new layer must touch no list.
Instead of: lazy modules, which know their shape only after data has passed through them.
"""
