"""Gates, and the layers that carry them."""
from sparse_disent.layers.categorical_latent import CategoricalLatent
from sparse_disent.layers.channel_mask import ChannelMask
from sparse_disent.layers.hard_concrete_gate import HardConcreteGate
from sparse_disent.layers.l0_pair import L0Pair
from sparse_disent.layers.l1_gate import L1Gate
from sparse_disent.layers.magnitude_gate import MagnitudeGate
from sparse_disent.layers.random_gate import RandomGate
from sparse_disent.layers.ticket_gate import TicketGate

__all__ = ["CategoricalLatent", "ChannelMask", "HardConcreteGate", "L0Pair",
           "L1Gate", "MagnitudeGate", "RandomGate", "TicketGate"]
