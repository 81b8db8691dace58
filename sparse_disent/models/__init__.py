"""Models for gin files: `model.model = @sparse_vae()`."""
from sparse_disent.models.capacity import CapacityVAE
from sparse_disent.models.decoders import masked_deconv_decoder
from sparse_disent.models.decoders import masked_fc_decoder
from sparse_disent.models.encoders import masked_conv_encoder
from sparse_disent.models.encoders import masked_fc_encoder
from sparse_disent.models.learning_rates import warm_up
from sparse_disent.models.sparse_vae import SparseVAE
from sparse_disent.models.trunks import grouped_encoder

__all__ = ["CapacityVAE", "SparseVAE", "grouped_encoder",
           "masked_conv_encoder", "masked_deconv_decoder", "masked_fc_decoder",
           "masked_fc_encoder", "warm_up"]
