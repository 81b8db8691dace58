"""What compaction saves on a model with 75 % of its channels closed.

  python benchmarks/compaction.py

Upstream's convolutional beta-VAE with random gates of granularity "channel" on
encoder and decoder; one training step, as weights do not matter to FLOPs and
latency. Prints the tables of `sparse-disent compact`, in which both modules
take turns in one process, batch 64: with the layers that carry gates by
default, and with a gate on the encoder's first layer too.

The aim is at most a third of the FLOPs and half of the latency.
"""
import argparse
import os
import tempfile

import sparse_disent

BINDINGS = """
  dataset.name = "dummy_data"
  model.model = @vae()
  model.random_seed = 0
  model.batch_size = 4
  model.training_steps = 1
  model.eval_steps = 1
  vae.beta = 4.
  encoder.num_latent = 10
  encoder.encoder_fn = @masked_conv_encoder
  decoder.decoder_fn = @masked_deconv_decoder
  channel_mask.gate = @random_gate()
  random_gate.granularity = "channel"
  reconstruction_loss.loss_fn = @bernoulli_loss
  vae_optimizer.optimizer_fn = @AdamOptimizer
  vae_optimizer.learning_rate = 1e-4
"""
# All layers but those that make the code and the image.
HIDDEN = ["e1", "e2", "e3", "e4", "e5", "d1", "d2", "d3", "d4", "d5"]


def main():
  """Trains one step, compacts, and prints what that saved."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("--sparsity", type=float, default=0.75)
  sparsity = parser.parse_args().sparsity
  sparse_disent.register()
  from disentanglement_lib.methods.unsupervised import train

  from sparse_disent import export
  for layers in (None, HIDDEN):
    print(f"\nchannel_mask.layers = {layers}\n")
    with tempfile.TemporaryDirectory() as folder:
      model = os.path.join(folder, "model")
      train.train_with_gin(model, False, [], [
          *BINDINGS.strip().splitlines(), f"channel_mask.layers = {layers}",
          f"random_gate.sparsity = {sparsity}"])
      summary = export.compact(model, os.path.join(folder, "compacted"))
    print(summary.text())


if __name__ == "__main__":
  main()
