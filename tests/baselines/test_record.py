import pytest

from sparse_disent.baselines import record

FACTS = dict(source="s", implementation="i", dataset="cars3d", method="m",
             representation="mean", metric="mig", score="discrete_mig")


@pytest.mark.parametrize("value", [
    float("nan"), float("inf"), "0.5", True, 10 ** 400])
def test_values_are_finite_numbers(value):
  with pytest.raises(ValueError, match="must be a finite number, but "
                     "mig/discrete_mig is"):
    record.Record(**FACTS, value=value)


def test_landmarks_ascend():
  marks = (("q1", 0.3), ("median", 0.2))
  with pytest.raises(ValueError, match="must ascend.*'q1': 0.3"):
    record.Record(**FACTS, landmarks=marks)


def test_a_score_has_a_value_or_a_reason():
  with pytest.raises(ValueError, match="mig/discrete_mig has no value"):
    record.Record(**FACTS)
  assert record.Record(**FACTS, undefined="one latent").value is None


@pytest.mark.parametrize("text", ["\x1b[2J", "a\nb", "x" * 501, "\u202eb"])
def test_texts_are_short_and_safe_to_print(text):
  with pytest.raises(ValueError, match="printable characters, but got"):
    record.Record(**{**FACTS, "method": text}, value=0.1)
  with pytest.raises(ValueError, match="printable characters, but got"):
    record.Record(**FACTS, value=0.1, settings=(("vae.beta", text),))


def test_texts_are_text():
  with pytest.raises(ValueError, match=r"text, but got '\[1\]' of type list"):
    record.Record(**{**FACTS, "method": [1]}, value=0.1)


@pytest.mark.parametrize("dataset, origin", [
    ("dsprites_full", "re-rendered"), ("noisy_dsprites", "re-rendered"),
    ("cars3d", "original")])
def test_only_dsprites_is_re_rendered(dataset, origin):
  assert record.origin_of(dataset, "re-rendered") == origin
