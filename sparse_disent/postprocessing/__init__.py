"""Representations for gin files, beside upstream's mean and sampled ones.

  postprocess.postprocess_fn = @active_mean_representation

The file results/json/representation_results.json of a representation says which
latents its columns were made of. Later steps copy that folder, so every score
can be traced to latents. Upstream's aggregation puts these values beside the
scores.
"""
from sparse_disent.postprocessing.active import active_mean_representation
from sparse_disent.postprocessing.active import active_sampled_representation
from sparse_disent.postprocessing.controls import permuted_representation
from sparse_disent.postprocessing.controls import rotated_representation

__all__ = ["active_mean_representation", "active_sampled_representation",
           "permuted_representation", "rotated_representation"]
