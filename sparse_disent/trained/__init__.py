"""Trained models in Python: codes, images, gates, masks, and figures of them.

  with sparse_disent.load("output/masked_dipvae/model") as model:
    codes = model.encode(images)
    figure = sparse_disent.draw_traversals(model, images)
"""
from sparse_disent.trained.figures import draw_masks
from sparse_disent.trained.figures import draw_mutual_information
from sparse_disent.trained.figures import draw_reconstructions
from sparse_disent.trained.figures import draw_traversals
from sparse_disent.trained.model import TrainedModel
from sparse_disent.trained.model import load

__all__ = ["TrainedModel", "draw_masks", "draw_mutual_information",
           "draw_reconstructions", "draw_traversals", "load"]
