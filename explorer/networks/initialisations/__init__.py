"""How the first weights are drawn: one file per rule, each torch.nn.init's own."""
