"""The lines that `sparse-disent gin` prints."""
import pytest

from sparse_disent import cli
from sparse_disent.reference import text


def test_the_list_has_ours_first_and_fits_a_terminal(capsys):
  assert cli.main(["gin"]) == 0
  lines = capsys.readouterr().out.splitlines()
  assert max(map(len, lines)) <= 80
  names = [line.split()[0] for line in lines if line.startswith("  ")]
  assert names.index("l0_pair") < lines.index("disentanglement_lib:")
  assert {"sparse_vae", "dip_vae", "evaluation", "correlated"} <= set(names)


def test_one_has_its_formula_and_parameters():
  lines = text.one("l0_pair").splitlines()
  assert lines[0] == "@l0_pair(), in sparse_disent.layers.l0_pair"
  assert ("    total loss = objective's loss on gated latents + tau * sum of "
          "P(m_i > 0)") in lines
  where = lines.index("l0_pair.tau = 0.1")
  assert lines[where + 1] == (
      "  Weight of the L0 penalty, nats per expected open latent.")
  assert max(map(len, lines)) <= 80


def test_one_parameter_alone():
  assert text.one("mig.num_train") == (
      "mig.num_train = REQUIRED\n  Number of points used for training.")


def test_one_without_parameters():
  assert text.one("masked_fc_encoder").endswith("It has no parameters in gin.")


def test_a_parameter_that_is_not_there():
  with pytest.raises(ValueError, match="l0_pair has no parameter 'tua'.*'tau'"):
    text.one("l0_pair.tua")
