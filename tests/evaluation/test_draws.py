"""Numbers of rows that metrics draw."""
import pytest
from disentanglement_lib.evaluation import evaluate  # noqa: F401
from disentanglement_lib.evaluation.metrics import beta_vae
from disentanglement_lib.evaluation.metrics import dci
from disentanglement_lib.evaluation.metrics import downstream_task
from disentanglement_lib.evaluation.metrics import factor_vae
from disentanglement_lib.evaluation.metrics import mig

from sparse_disent.evaluation import draws

DCI = ("dci", dci.compute_dci)
TASK = ("downstream_task", downstream_task.compute_downstream_task)


def own_metric(ground_truth_data, representation_function, random_state,
               num_train=500):
  """Has a default."""


def without_sizes(ground_truth_data, representation_function, random_state):
  """Draws what it likes."""


def write(folder, *lines):
  (folder / "my.gin").write_text("\n".join(lines))
  return str(folder / "my.gin")


@pytest.mark.parametrize("metric, text, blocks, bindings", [
    (DCI, "num_train = 60\nnum_test = 30", [90], []),
    (DCI, "num_train = 60\nnum_test = 40", [100], []),
    (DCI, "num_train = 10000\nnum_test = 5000", [100],
     ["dci.num_train = 67", "dci.num_test = 33"]),
    (DCI, "num_train = 1\nnum_test = 5000", [100], ["dci.num_test = 99"]),
    (DCI, "num_train = 5000\nnum_test = 1", [100], ["dci.num_train = 99"]),
    (TASK, "num_train = [10, 100, 1000]\nnum_test = 500", [43, 100],
     ["downstream_task.num_train = [10, 67]", "downstream_task.num_test = 33"]),
    (TASK, "num_train = [10, 60]\nnum_test = 30", [40, 90], []),
    (("mig", mig.compute_mig), "num_train = 10000", [100],
     ["mig.num_train = 100"]),
    (("factor_vae_score", factor_vae.compute_factor_vae),
     "num_train = 10000\nnum_variance_estimate = 1000", [100],
     ["factor_vae_score.num_variance_estimate = 100"]),
    (("beta_vae_sklearn", beta_vae.compute_beta_vae_sklearn),
     "num_train = 10000", [], []),
    (("own", own_metric), "", [100], ["own.num_train = 100"]),
    (("own", own_metric), "num_train = 50", [50], []),
    (("own", own_metric), "num_train = 'many'", [100], []),
    (("own", own_metric), "num_train = @fn", [100], []),
    (("own", without_sizes), "", [100], []),
])
def test_plan(tmp_path, metric, text, blocks, bindings):
  name, function = metric
  path = write(tmp_path, *(f"{name}.{line}" for line in text.splitlines()))
  made = draws.plan(path, name, function, 100)
  assert (made.blocks, made.bindings) == (blocks, bindings)


def test_scopes_and_macros(tmp_path):
  path = write(tmp_path, "dci.num_train = 300", "a/dci.num_train = 200",
               "dci.num_test = %size", "size = 100")
  made = draws.plan(path, "a/dci", dci.compute_dci, 30)
  assert made.bindings == ["a/dci.num_train = 20", "a/dci.num_test = 10"]


@pytest.mark.parametrize("metric, text, said", [
    (DCI, "num_train = 60\nnum_test = 30",
     "distinct, 100 in all: num_train = 60, num_test = 30"),
    (DCI, "num_train = 200\nnum_test = 20",
     "distinct, 100 in all: num_train = 91, num_test = 9 (asked for: num_train "
     "= 200, num_test = 20)"),
    (("beta_vae_sklearn", beta_vae.compute_beta_vae_sklearn), "num_train = 9",
     "drawn with replacement, 100 in all"),
    (("own", without_sizes), "", "distinct, 100 in all")])
def test_what_is_said(tmp_path, metric, text, said):
  name, function = metric
  path = write(tmp_path, *(f"{name}.{line}" for line in text.splitlines()))
  assert draws.plan(path, name, function, 100).text == said


@pytest.mark.parametrize("name, metric, expected", [
    ("beta_vae_sklearn", beta_vae.compute_beta_vae_sklearn, (64, 2 * 64 * 150)),
    ("factor_vae_score", factor_vae.compute_factor_vae, (64, 64 * 150)),
    ("a/factor_vae_score", factor_vae.compute_factor_vae, (64, 64 * 150)),
    ("dci", dci.compute_dci, None),
])
def test_images_in_batches(name, metric, expected, tmp_path):
  gin_file = write(tmp_path, *(
      f"{name}.{key} = {value}" for key, value in
      {"batch_size": 64, "num_train": 100, "num_eval": 50}.items()))
  assert draws.in_batches(gin_file, name, metric) == expected


def test_images_in_batches_of_unknown_number(tmp_path):
  gin_file = write(tmp_path, "factor_vae_score.batch_size = 64")
  assert draws.in_batches(
      gin_file, "factor_vae_score", factor_vae.compute_factor_vae) is None
