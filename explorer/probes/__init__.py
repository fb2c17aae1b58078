"""What is measured inside a network, as plain NumPy records; the network is left as it was.

Decided: every picture of a moment is taken by one camera that runs the network once over its probe inputs, with hooks
that live only inside a `with` block.
Because: training must never wait for drawing, and a forgotten hook would slow it for ever.
"""
