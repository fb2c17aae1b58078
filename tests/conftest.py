"""What every test stands on."""

import torch

torch.set_num_threads(1)  # small networks: a second thread costs more than it gives
