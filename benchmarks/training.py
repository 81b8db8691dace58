"""The whole training loop, beside its peers.

    python benchmarks/training.py [conv] [fc] [--with NAME=VALUE ...]

Each peer trains upstream's beta-VAE (batch 64, dSprites) in a process of its
own, one after the other, every other round backwards:

  ours              dlib_train
  upstream, TF 1.15 upstream's dlib_train; SPARSE_DISENT_TF1_PYTHON names the
                    Python (CONTRIBUTING.md, "Tests")
  upstream, this TF upstream's input, and a plain loop, without what we set
  PyTorch           eager, the same network on one batch; TORCH_PYTHON names a
                    Python with PyTorch
  PyTorch, tuned    the same, with malloc set as ours sets it
  constant          the same graph on one batch, without a loop around it
  ours, one of two  two dlib_train at once, for the memory (--together)
  ours, NAME=VALUE  ours with an environment variable (all capitals) or a gin
                    binding more (--with)

Prints the figures of each and how many times faster ours is. Steps are counted
after a warm-up; the start is a figure of its own. DISENTANGLEMENT_LIB_DATA must
hold dSprites.
"""
import argparse
import os
import pathlib
import statistics
import time

import side_by_side

PEERS = pathlib.Path(__file__).with_name("training_peers.py")
SPEED = "steps a second"
# `sparse_disent.compat.speed.machine.keep_memory` as variables of glibc.
MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
          "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),
          "MALLOC_TOP_PAD_": str(65 * 2**20)}


def peers(network, arguments):
  """Returns a dict from a peer's name to a function that measures it."""
  times = [str(arguments.warm_up), str(arguments.seconds)]

  data = f"dataset.name = '{arguments.data_set}'"

  def peer(function, *bindings, **options):
    return lambda: side_by_side.run(
        str(PEERS), function, network, str(time.time()), *times, data,
        *bindings, **options)

  found = {"ours": peer("ours")}
  for setting in arguments.settings:
    name = setting.partition("=")[0]
    found[f"ours, {setting}"] = (
        peer("ours", environment=dict([setting.split("=", 1)]))
        if name.isupper() else peer("ours", setting))
  if arguments.together:
    found["ours, one of two"] = peer("ours", together=2)
  found["constant"] = peer("constant")
  found["upstream, this TF"] = peer("upstream")
  for name, function, variable, settings in (
      ("upstream, TF 1.15", "ours", "SPARSE_DISENT_TF1_PYTHON", {}),
      ("PyTorch", "pytorch", "TORCH_PYTHON", {}),
      ("PyTorch, tuned", "pytorch", "TORCH_PYTHON", MALLOC)):
    if os.environ.get(variable):
      # The folder of our sources must not reach it.
      found[name] = peer(function, python=os.environ[variable],
                         environment={"PYTHONPATH": "", **settings})
    else:
      print(f"{name} is left out: {variable} names no Python.")
  if arguments.only:
    found = {name: found[name] for name in found
             if name == "ours" or name in arguments.only}
  return found


def advantages(results):
  """Returns, as text, how many times faster ours is than each peer.

  Args:
    results: What `side_by_side.alternate` returned.
  """
  lines = [f"{'ours is ... times as fast as':32}{'median':>10}{'lowest':>10}"
           f"{'highest':>10}"]
  ours = results["ours", SPEED]
  for name, figure in results:
    if figure == SPEED and name != "ours":
      ratios = [a / b for a, b in zip(ours, results[name, SPEED], strict=True)]
      lines.append(f"  {name:30}{statistics.median(ratios):10.2f}"
                   f"{min(ratios):10.2f}{max(ratios):10.2f}")
  return "\n".join(lines)


def main():
  """Measures each network and prints its tables."""
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("network", nargs="*", default=["conv", "fc"],
                      help="conv or fc; both if left out")
  parser.add_argument("--rounds", type=int, default=3)
  parser.add_argument("--warm_up", type=float, default=5, help="seconds")
  parser.add_argument("--seconds", type=float, default=15,
                      help="how long to count steps")
  parser.add_argument("--with", dest="settings", metavar="NAME=VALUE",
                      action="append", default=[],
                      help="measure ours with a setting more; repeatable")
  parser.add_argument("--data_set", default="dsprites_full",
                      help="upstream's dataset.name")
  parser.add_argument("--only", action="append", metavar="PEER",
                      help="leave out other peers; repeatable")
  parser.add_argument("--together", action="store_true",
                      help="also two processes at once")
  arguments = parser.parse_args()
  for network in arguments.network:
    results = side_by_side.alternate(
        peers(network, arguments), arguments.rounds)
    print(f"\n{network} VAE\n\n{side_by_side.table(results, 'ours')}\n\n"
          f"{advantages(results)}", flush=True)


if __name__ == "__main__":
  main()
