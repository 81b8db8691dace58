import pytest

from sparse_disent.results import scalars


def test_undefined_scores_have_reasons():
  results = {"a": None, "a_undefined": "no latent is active",
             "b": float("nan"), "c": float("inf"), "d": None, "e": 0.0,
             "uuid": "u", "elapsed_time": 2.0, "f": [None]}
  assert list(scalars.scalars(results)) == [
      ("a", None, "no latent is active"),
      ("b", None, "the metric returned nan"),
      ("c", None, "the metric returned inf"),
      ("d", None, "no reason given"), ("e", 0.0, None)]


def test_the_mean_over_seeds():
  merged = scalars.mean([
      {"a": 1.0, "b": None, "b_undefined": "no latent", "c": [1], "uuid": "u",
       "d": None, "d_undefined": "once"},
      {"a": 2.0, "b": None, "c": [2], "uuid": "v", "d": 0.5}])
  assert merged == {"a": 1.5, "b": None, "b_undefined": "no latent", "c": [1],
                    "uuid": "u", "d": 0.5}


def test_a_single_seed_is_left_as_it_is():
  results = {"a": 3, "x_undefined": "why"}
  assert scalars.mean([results]) is results


def test_the_matrix_of_mic_becomes_numbers_with_names():
  results = scalars.with_mic(
      {"mic": [[0.5, 0.25], [None, None]], "mic_undefined": "one value"},
      ["x", "y"])
  assert {name: value for name, value in results.items() if ":" in name} == {
      "mic:x:largest": 0.5, "mic:x:group_1": 0.5, "mic:x:group_2": 0.25,
      **{f"mic:y:{key}{end}": value for key in ("largest", "group_1", "group_2")
         for end, value in (("", None), ("_undefined", "one value"))}}


@pytest.mark.parametrize("mic", [0.5, [0.5], [[]], [], None, [[1.0]]])
def test_another_mic_is_left_alone(mic):
  assert scalars.with_mic({"mic": mic}, ["x", "y"]) == {"mic": mic}
