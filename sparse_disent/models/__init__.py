"""Models for gin files: `model.model = @sparse_vae()`."""
from sparse_disent.models.sparse_vae import SparseVAE

__all__ = ["SparseVAE"]
