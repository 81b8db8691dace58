import pytest

from sparse_disent.results import headlines


def test_known_scores_have_names_for_people():
  assert headlines.labels("mig", ["discrete_mig", "more"]) == {
      "discrete_mig": "MIG"}
  assert headlines.label("irs", "IRS") == "IRS"


def test_another_metric_is_called_by_its_own_name():
  assert headlines.labels("info_mec", ["infom", "infoc"]) == {
      "infom": "info_mec: infom", "infoc": "info_mec: infoc"}
  # A fork's metric of a known name that returns other scores.
  assert headlines.labels("mig", ["other"]) == {"other": "mig: other"}


def test_a_training_has_no_scores_but_the_known_ones():
  assert headlines.labels("training", ["loss", "kl_loss"]) == {
      "kl_loss": "KL divergence (nats)"}


def test_downstream_tasks_tell_each_size():
  assert headlines.labels("downstream_task", [
      "10:mean_test_accuracy", "1000:mean_train_accuracy",
      "1000:mean_test_accuracy"]) == {
          "10:mean_test_accuracy": "Accuracy after 10 examples",
          "1000:mean_test_accuracy": "Accuracy after 1,000 examples"}


@pytest.mark.parametrize("count, labels", [
    (2, ["MIC of x, group 1", "MIC of x, group 2"]),
    (6, ["MIC of x, largest"])])
def test_mic_of_many_groups_is_that_of_the_best(count, labels):
  names = ["mic:x:largest", *(f"mic:x:group_{i}" for i in range(1, count + 1))]
  assert list(headlines.labels("mic", names).values()) == labels


@pytest.mark.parametrize("function, name, known", [
    ("mig", "discrete_mig", True), ("mig", "x", False), ("own", "x", False),
    ("downstream_task", "10:mean_test_accuracy", True),
    ("downstream_task", "10:min_test_accuracy", False)])
def test_scores_of_upstreams_metrics_and_ours(function, name, known):
  assert headlines.is_known(function, name) == known
