import gin
import pytest

from sparse_disent.compat.training import run_config

# The parameters in TensorFlow 1.15.5, by `inspect.signature`.
SPEC = ("mode predictions loss train_op eval_metrics export_outputs "
        "scaffold_fn host_call training_hooks evaluation_hooks "
        "prediction_hooks")
TPU_CONFIG = ("iterations_per_loop num_shards num_cores_per_replica "
              "per_host_input_for_training tpu_job_name "
              "initial_infeed_sleep_secs input_partition_dims "
              "eval_training_input_configuration "
              "experimental_host_call_every_n_steps")
RUN_CONFIG = ("tpu_config evaluation_master master cluster model_dir "
              "tf_random_seed save_summary_steps save_checkpoints_steps "
              "save_checkpoints_secs session_config keep_checkpoint_max "
              "keep_checkpoint_every_n_hours log_step_count_steps "
              "train_distribute device_fn protocol eval_distribute "
              "experimental_distribute experimental_max_worker_delay_secs "
              "session_creation_timeout_secs reduced_precision")


@pytest.mark.parametrize("cls, names", [
    (run_config.TPUEstimatorSpec, SPEC), (run_config.TPUConfig, TPU_CONFIG),
    (run_config.RunConfig, RUN_CONFIG)])
def test_parameters_are_those_of_tensorflow_1(cls, names):
  assert list(cls.__dataclass_fields__) == names.split()


@pytest.mark.parametrize("given, expected", [
    ({}, {"save_secs": 600}), ({"save_checkpoints_secs": 5}, {"save_secs": 5}),
    ({"save_checkpoints_steps": 7}, {"save_steps": 7})])
def test_when_checkpoints_are_saved(given, expected):
  assert run_config.RunConfig(**given).checkpoint_interval() == expected


def test_two_intervals_are_refused():
  with pytest.raises(ValueError, match=r"_steps \(1\) and save_.*_secs \(2\)"):
    run_config.RunConfig(save_checkpoints_steps=1, save_checkpoints_secs=2)


def test_what_asks_for_nothing_is_accepted():
  assert run_config.RunConfig(master="", cluster=None).master == ""
  run_config.TPUConfig(
      per_host_input_for_training=run_config.InputPipelineConfig.PER_HOST_V2)


def test_what_gin_binds_goes_before_what_upstream_passes():
  gin.parse_config("""
    run_config.keep_checkpoint_max = 1
    run_config.save_checkpoints_steps = 7
    run_config.log_step_count_steps = 10
  """)
  config = run_config.RunConfig(keep_checkpoint_max=3, save_checkpoints_secs=5)
  assert config.keep_checkpoint_max == 1
  assert config.log_step_count_steps == 10
  assert config.checkpoint_interval() == {"save_steps": 7}


@pytest.mark.parametrize("given, kept", [
    (1, 2), (2, 2), (5, 5), (0, 0), (None, None)])
def test_there_is_a_checkpoint_before_the_newest(given, kept):
  assert run_config.RunConfig(
      keep_checkpoint_max=given).keep_checkpoint_max == kept


@pytest.mark.parametrize("binding, message", [
    ("keep_checkpoint_max = -1", "keep_checkpoint_max must be None or a number "
     "of at least 0, got -1."),
    ("save_checkpoints_steps = 0", "must be None or a number of at least 1"),
    ("save_checkpoints_steps = 1.5", "got 1.5"),
    ("save_checkpoints_secs = 'x'", "got 'x'"),
    ("save_checkpoints_secs = True", "got True")])
def test_numbers_that_make_no_sense_are_refused(binding, message):
  gin.parse_config(f"run_config.{binding}")
  with pytest.raises(ValueError, match=message):
    run_config.RunConfig()
