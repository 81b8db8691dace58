import pytest

from sparse_disent.results import contents


@pytest.mark.parametrize("results", [
    {}, {"mutual_information": [[1, 2.5]], "factor_entropies": [0, 1]},
    {"layers": "of another metric"}, {"prefix_losses": [], "uuid": "a"},
    {"kl": [float("nan")], "variance_of_mean": [0], "pruned_latents": []}])
def test_what_steps_write(results):
  contents.check(results, "x")


@pytest.mark.parametrize("results, message", [
    ({"mutual_information": []}, "must be rows of numbers of one length"),
    ({"mutual_information": [[True]]}, "must be rows of numbers"),
    ({"mutual_information": [[1]], "factor_entropies": []}, "must fit 'factor"),
    ({"uuid": 3}, "'uuid' must be text, but is 3"),
    ({"kl": "a" * 99}, "'kl' must be a list of numbers, but is 'aaa.*[.]{3}")])
def test_all_else_is_named(results, message):
  with pytest.raises(ValueError, match=f"'x.json': .*{message}"):
    contents.check(results, "x.json")


def test_settings_are_text():
  contents.check_config({"a.b": "1"}, "x")
  with pytest.raises(ValueError, match=r"'a.b' must be text, but is \[1\]"):
    contents.check_config({"a.b": [1]}, "x")
