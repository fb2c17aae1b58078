"""`python -m explorer.training.fused`: compile the kernel for this machine, once; later processes load it from disk."""

from explorer.training.fused import prepare

if __name__ == "__main__":
    prepare()
