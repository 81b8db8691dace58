"""Upstream's beta-VAE, written in PyTorch, for comparison.

Same networks, initial weights, loss and optimizer; eager, as most write it.
"""
import torch
from torch import nn
from torch.nn import functional

_LATENTS, _BETA = 10, 4.


def conv_networks():
  """Returns encoder (to mean and log variance) and decoder of `conv_*`."""
  def down(inputs, outputs, kernel):
    return [nn.Conv2d(inputs, outputs, kernel, 2, (kernel - 1) // 2), nn.ReLU()]

  def up(inputs, outputs):
    return nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)

  encoder = nn.Sequential(
      *down(1, 32, 4), *down(32, 32, 4), *down(32, 64, 2), *down(64, 64, 2),
      nn.Flatten(), nn.Linear(1024, 256), nn.ReLU(),
      nn.Linear(256, 2 * _LATENTS))
  decoder = nn.Sequential(
      nn.Linear(_LATENTS, 256), nn.ReLU(), nn.Linear(256, 1024), nn.ReLU(),
      nn.Unflatten(1, (64, 4, 4)), up(64, 64), nn.ReLU(), up(64, 32), nn.ReLU(),
      up(32, 32), nn.ReLU(), up(32, 1))
  return encoder, decoder


def fc_networks():
  """Returns encoder (to mean and log variance) and decoder of `fc_*`."""
  encoder = nn.Sequential(
      nn.Flatten(), nn.Linear(4096, 1200), nn.ReLU(), nn.Linear(1200, 1200),
      nn.ReLU(), nn.Linear(1200, 2 * _LATENTS))
  decoder = nn.Sequential(
      nn.Linear(_LATENTS, 1200), nn.Tanh(), nn.Linear(1200, 1200), nn.Tanh(),
      nn.Linear(1200, 1200), nn.Tanh(), nn.Linear(1200, 4096),
      nn.Unflatten(1, (1, 64, 64)))
  return encoder, decoder


def networks(name):
  """Returns encoder and decoder with Glorot weights, as upstream has them."""
  pair = {"conv": conv_networks, "fc": fc_networks}[name]()
  for network in pair:
    for layer in network:
      if hasattr(layer, "weight"):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
  return pair


def loss_of(images, encoder, decoder):
  """Returns the beta-VAE's loss of images `[batch, 1, 64, 64]`, a scalar."""
  mean, log_variance = encoder(images).chunk(2, 1)
  noise = torch.randn_like(mean)
  logits = decoder(mean + torch.exp(log_variance / 2) * noise)
  reconstruction = functional.binary_cross_entropy_with_logits(
      logits, images, reduction="sum") / len(images)
  divergence = .5 * (mean**2 + log_variance.exp() - log_variance - 1).sum(1)
  return reconstruction + _BETA * divergence.mean()


def train(name, batch_size):
  """Trains on one batch without an end; yields after each step."""
  torch.manual_seed(0)
  encoder, decoder = networks(name)
  images = (torch.rand(batch_size, 1, 64, 64) < .05).float()
  optimizer = torch.optim.Adam(
      [*encoder.parameters(), *decoder.parameters()], lr=1e-4, eps=1e-8)
  while True:
    optimizer.zero_grad()
    loss = loss_of(images, encoder, decoder)
    loss.backward()
    optimizer.step()
    yield loss.item()  # As ours looks at the loss of each step.
