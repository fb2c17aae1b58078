"""Explanations: what a network looks at, and whether to believe it.

Decided: what is explained is a `Subject`: something that answers scores for inputs, with what is known about the inputs beside it.
Because: a network trained here, any `nn.Module` and a function that only predicts are then explained by the same code; a method asks
the subject for what it needs (gradients, layers, the training itself) and is not offered where that is missing.
Instead of: methods that take a training and would each have to be written again for whatever was not built here.
"""
