"""The numbers by which Python tells the kernel what to do, and where each column of its tables is."""

LANES = 16  # numbers the kernel computes with at once

# columns of the table of operations, one row per operation of the network
OPERATION, IN_ROW, OUT_ROW, N_IN, N_OUT, WEIGHT, BIAS, MASK = range(8)
COLUMNS = 8

# operations; every number from FIRST_ACTIVATION on is an activation
LINEAR, DROPOUT = 0, 1
FIRST_ACTIVATION = 2
(
    RELU,
    LEAKY_RELU,
    ELU,
    SELU,
    CELU,
    GELU,
    SILU,
    MISH,
    SOFTPLUS,
    SOFTSIGN,
    TANH,
    SIGMOID,
    HARD_TANH,
    HARD_SIGMOID,
    HARD_SWISH,
    SINE,
    RELU6,
    TANHSHRINK,
) = range(FIRST_ACTIVATION, FIRST_ACTIVATION + 18)

# losses: of one number per example and row, and of a row per class
BINARY_CROSS_ENTROPY, BINARY_FOCAL, BINARY_HINGE, BINARY_SQUARED_ERROR, MSE, MAE, HUBER, LOG_COSH = range(8)
CROSS_ENTROPY, FOCAL, HINGE, SQUARED_ERROR = range(8, 12)

# update rules
SGD, ADAGRAD, RMSPROP, ADADELTA, ADAM, ADAMW, NADAM, RADAM, ADAMAX = range(9)

# places in the table of settings
(RATE, WEIGHT_DECAY, MOMENTUM, NESTEROV, BETA1, BETA2, EPS, RHO, MOMENTUM_DECAY, L1, L2, CLIP_NORM, LOSS_SETTING) = range(13)
SETTINGS = 13
