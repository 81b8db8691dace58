"""Settings that outputs of a trained model depend on."""
import numpy as np
import pytest
from scipy import stats

from sparse_disent.trained import settings

X = np.linspace(-20.0, 20.0, 9)


def test_a_value_is_found_in_any_scope():
  config = {"a/b/mig.num_train": 5, "dmig.num_train": 7}
  assert settings.bound(config, "mig.num_train", None) == 5
  assert settings.bound(config, "num_train", "none") == "none"


def test_outputs_become_images():
  np.testing.assert_allclose(settings.activation({})(X), stats.logistic.cdf(X))
  np.testing.assert_allclose(
      settings.activation({"reconstruction_loss.activation": "tanh"})(X),
      0.5 + (np.exp(X) - np.exp(-X)) / (np.exp(X) + np.exp(-X)) / 2)


def test_an_activation_that_nothing_knows():
  with pytest.raises(ValueError, match="one of logits, tanh .*is 'relu'"):
    settings.activation({"reconstruction_loss.activation": "relu"})


def test_groups():
  assert settings.groups({}, 5) == [5]
  assert settings.groups({"sparse_vae.groups": [2, 3]}, 5) == [2, 3]
  with pytest.raises(ValueError, match=r"of the code, 6, but is \[2, 3\]"):
    settings.groups({"sparse_vae.groups": [2, 3]}, 6)


def test_classes_count_only_where_a_layer_makes_them():
  unused = {"categorical_latent.num_classes": 3}
  assert settings.num_classes(unused) == 0
  assert settings.num_classes(
      {"sparse_vae.categorical": "@categorical_latent()", **unused}) == 3
