"""What a data set looks like: a `Dataset` in, plain records of `results.profile` out. No torch, no Streamlit.

Decided: everything is measured on the examples in use, and said so; nothing is looked up about a set.
Because: the same functions then serve a ready set, an upload and what somebody painted, and a spoilt set shows its own numbers.
Instead of: descriptions written by hand for each set, which no slider would change.
"""
