"""Rules for flags of upstream's scripts."""
import pytest
from absl import flags
from disentanglement_lib.config import reproduce  # noqa: F401 Known studies.

from sparse_disent.compat.startup import flag_checks


def check(*arguments):
  values = flags.FlagValues()
  for name in ("gin_file_name", "gin_model_dir", "gin_evaluation_config_glob",
               "result_file_pattern", "output_path", "output_directory",
               "model_dir"):
    flags.DEFINE_string(name, None, "", flag_values=values)
  flags.DEFINE_string("study", "unsupervised_study_v1", "", flag_values=values)
  flags.DEFINE_integer("model_num", 0, "", flag_values=values)
  flags.DEFINE_boolean("only_print", False, "", flag_values=values)
  values(["script", *arguments])
  flag_checks.check(values)


def test_good_flags_pass(tmp_path):
  (tmp_path / "x.json").touch()
  check()
  check("--gin_file_name=x.gin", "--gin_model_dir=y", "--model_num=1000",
        f"--result_file_pattern={tmp_path}/*.json",
        "--output_directory=a/{study}/{model_num}/{{x}}")
  check("--model_dir=x", "--model_num=-1")  # Nothing is trained.


@pytest.mark.parametrize("arguments, message", [
    (["--gin_file_name=x.gin"], "there is no --gin_model_dir"),
    (["--result_file_pattern=/none/*.json"], "'/none/\\*.json', which matches"),
    (["--gin_evaluation_config_glob=/none/*"], "which matches no file"),
    (["--study=unsupervised_study"], "Did you mean 'unsupervised_study_v1'"),
    (["--model_num=999999"], "unsupervised_study_v1 has no such model"),
    (["--model_num=-1"], "--model_num is -1, but"),
    (["--output_directory=a/{x}"], "only {model_num} and {study}"),
    (["--output_directory="], "--output_directory is empty: give a path"),
    (["--output_path="], "--output_path is empty"),
    (["--output_directory=a/{"], "Write other braces twice"),
])
def test_bad_flags_are_named(arguments, message):
  with pytest.raises(ValueError, match=message):
    check(*arguments)
