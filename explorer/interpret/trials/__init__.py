"""Trials: whether an explanation is to be believed.

Decided: a trial judges a map for one example and one answer, and says yes, no, or neither, in words with its numbers.
Because: a map always looks like an explanation; only what happens when the input, the network or the labels change tells whether it is one.
Instead of: scores without a control, which nobody can read: whatever has a random or a scrambled counterpart is held against that.
"""
