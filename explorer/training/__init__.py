"""How networks learn: tasks, losses, optimisers, schedules, stopping rules, and the loop with its engines.

Decided: training is an iterator over chunks of steps, and how a chunk is computed is an engine behind it.
Because: step, pause and stop are then calling `next()` or not, in a notebook as in a worker process.
Instead of: callbacks, which would put the loop in charge of the page.
"""
