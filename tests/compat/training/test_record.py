"""Records of trainings, as gin writes them."""
import gin
import pytest
from disentanglement_lib.methods.unsupervised import train  # noqa: F401

from sparse_disent.compat.training import record

BASE = ("model.training_steps = 100", "model.batch_size = 4", "vae.beta = 4.")


def text(*bindings):
  """The record of a training with these bindings."""
  gin.clear_config()
  gin.parse_config([*BASE, *bindings])
  return record.current()


def test_bindings_are_taken_apart_again():
  groups = list(range(10, 50))  # Gin breaks the line.
  found = record.bindings(text(
      f"sparse_vae.groups = {groups}", "BETA = 3", "a/vae.beta = %BETA",
      "model.name = 'a = b'"))
  assert found == {
      "model.batch_size": "4", "model.name": "'a = b'",
      "model.training_steps": "100", "vae.beta": "4.0", "a/vae.beta": "3",
      "sparse_vae.groups": found["sparse_vae.groups"]}
  assert eval(found["sparse_vae.groups"]) == groups


@pytest.mark.parametrize("binding, change", [
    ("vae.beta = 6.", "vae.beta was 4.0 and is 6.0 now"),
    ("model.random_seed = 1", "model.random_seed was not set and is 1 now"),
    ("a/vae.beta = 4.", "a/vae.beta was not set and is 4.0 now")])
def test_a_changed_setting_is_named(binding, change):
  assert record.changes(text(), text(binding)) == [change]


def test_a_setting_that_is_gone_is_named():
  assert record.changes(text("model.random_seed = 1"), text()) == [
      "model.random_seed was 1 and is not set now"]


@pytest.mark.parametrize("binding", [
    "model.training_steps = 300", "model.eval_steps = 3", "model.name = 'x'",
    "model.model_num = 3", "run_config.keep_checkpoint_max = 4",
    "run_config.save_checkpoints_steps = 4", "training.resume = True",
    "run_config.save_checkpoints_secs = 4"])
def test_what_the_weights_do_not_depend_on_may_change(binding):
  assert not record.changes(text(), text(binding))


def test_the_same_folder_may_have_another_path(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  for name in ("one", "other"):
    (tmp_path / name).mkdir()
  before = text("ticket_gate.path = 'one'")
  assert not record.changes(before, text(
      f"ticket_gate.path = {str(tmp_path / 'one')!r}"))
  for path in ("other", "missing"):
    assert record.changes(before, text(f"ticket_gate.path = {path!r}")) == [
        f"ticket_gate.path was 'one' and is '{path}' now"]


def test_numbers_are_no_open_files():
  """As the standard output and the errors of a process may be one file."""
  assert record.changes(text("model.random_seed = 1"),
                        text("model.random_seed = 2"))


def test_fewer_steps_may_do_while_they_are_not_reached():
  fewer = text("model.training_steps = 50")
  assert not record.changes(text(), fewer, 50)
  assert record.changes(text(), fewer, 51) == [
      "model.training_steps was 100 and is 50 now, and step 51 is reached"]
  # FactorVAE takes two steps at once, and so may overshoot.
  assert not record.changes(text(), text(), 101)


def test_steps_of_a_macro_may_change():
  bound = "model.training_steps = %STEPS"
  before, now = text("STEPS = 5", bound), text("STEPS = 9", bound)
  assert not record.changes(before, now)
  assert [record.training_steps(each) for each in (before, now)] == [5, 9]


def test_a_schedule_that_shares_the_macro_of_the_steps_must_not_change():
  bound = ("model.training_steps = %STEPS", "B = %STEPS",
           "annealed_vae.iteration_threshold = %B")
  before, now = text("STEPS = 5", *bound), text("STEPS = 9", *bound)
  assert record.changes(before, now) == [
      "annealed_vae.iteration_threshold was 5 and is 9 now"]


def test_steps_that_are_no_number_are_unknown():
  assert record.training_steps(text()) == 100
  assert record.training_steps(text("model.training_steps = None")) is None
  assert record.training_steps("") is None


def test_a_record_is_read_as_it_was_written(tmp_path):
  assert record.read(tmp_path) is None
  for content in ("vae.beta = 1 # \u00e4", "vae.beta = 2"):
    record.write(tmp_path / "new", content)
    assert record.read(tmp_path / "new") == content
