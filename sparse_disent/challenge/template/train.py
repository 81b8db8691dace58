"""Trains the model of a gin file and exports its representation."""
import pathlib
import sys

from sparse_disent.challenge import training

if __name__ == "__main__":
  sys.exit(training.main(pathlib.Path(__file__).resolve().parent))
