"""Bad inputs to upstream's scripts and to `sparse-disent`, as a table.

`prepare` fills a folder with a trained model, its representation, scores and
damaged copies of them; the cases run there. A case is a command, its arguments
and words that its answer must hold.
"""
import contextlib
import dataclasses
import errno
import os
import pathlib
import shutil
import subprocess
import unittest.mock
from collections.abc import Callable
from collections.abc import Iterable

# What the cases are given and must leave as it is.
PRECIOUS = ("model", "representation", "metrics", "protocol", "broken")

_TRAIN_GIN = """
import sparse_disent
include "gin_configs/base.gin"
model.model = @sparse_vae()
sparse_vae.objective = @vae()
sparse_vae.latent = @l0_pair()
vae.beta = 1.
encoder.num_latent = 4
encoder.encoder_fn = @fc_encoder
decoder.decoder_fn = @fc_decoder
dataset.name = "dummy_data"
model.random_seed = 0
model.batch_size = 4
model.training_steps = 1
model.eval_steps = 1
"""
_STUDY = "disentanglement_lib/config/unsupervised_study_v1"
_MEAN = f"{_STUDY}/postprocess_configs/mean.gin"
_MIG = f"{_STUDY}/metric_configs/mig.gin"
_REASON = ("disentanglement_lib/config/tests/abstract_reasoning/"
           "representation/from_representation.gin")


@dataclasses.dataclass(frozen=True)
class Case:
  """One bad input.

  Attributes:
    kind: The part of the table that it belongs to.
    command: Name of the script.
    arguments: Its arguments.
    expected: Words that the line must hold, in any case of letters.
    environment: Variables to set.
    condition: Context manager in which the command runs, such as a full disk.
  """

  kind: str
  command: str
  arguments: tuple[str, ...]
  expected: str
  environment: dict = dataclasses.field(default_factory=dict)
  condition: Callable = contextlib.nullcontext


def _train(kind, bindings: Iterable[str], expected, *flags, gin="train.gin",
           out="new", **more):
  files = [] if gin is None else [f"--gin_config={gin}"]
  return Case(kind, "dlib_train", (
      *files, f"--model_dir={out}", *(f"--gin_bindings={binding}"
                                      for binding in bindings), *flags),
              expected, **more)


def _postprocess(kind, bindings, expected, *flags, gin=_MEAN, model="model",
                 out="new", **more):
  return Case(kind, "dlib_postprocess", (
      f"--gin_config={gin}", f"--model_dir={model}", f"--output_dir={out}",
      *(f"--gin_bindings={binding}" for binding in bindings), *flags),
              expected, **more)


def _evaluate(kind, bindings, expected, *flags, gin=_MIG,
              source="representation", out="new", **more):
  return Case(kind, "dlib_evaluate", (
      f"--gin_config={gin}", f"--input_dir={source}", f"--output_dir={out}",
      *(f"--gin_bindings={binding}" for binding in bindings), *flags),
              expected, **more)


def _ours(kind, expected, *arguments, **more):
  return Case(kind, "sparse-disent", arguments, expected, **more)


# Values: parameter, the words of its rule, bad values.
_COUNT = "positive integer"
_TRAINING_VALUES = (
    ("model.training_steps", _COUNT, ("None", "0", "-1", "1.5", "'3'", "True")),
    ("model.eval_steps", _COUNT, ("None", "0", "-1", "1.5", "'3'")),
    ("model.batch_size", _COUNT, ("None", "0", "-1", "2.5", "'4'")),
    ("model.batch_size", "memory", ("100000000",)),
    ("model.random_seed", "integer", ("None", "-1", "1.5", "'0'",
                                      "4294967296")),
    ("model.name", "text", ("3", "None")),
    ("model.model", "be an object", ("@sparse_vae", "3", "None", "'vae'")),
    ("encoder.num_latent", _COUNT, ("None", "0", "-1", "2.5", "'4'")),
    ("encoder.num_latent", "memory", ("100000000",)),
    ("encoder.encoder_fn", "be a function", ("@fc_encoder()", "'fc'", "None")),
    ("decoder.decoder_fn", "be a function", ("@fc_decoder()", "3")),
    ("reconstruction_loss.loss_fn", "be a function", ("@l2_loss()", "'l2'")),
    ("reconstruction_loss.activation", "'logits' or 'tanh'", ("'relu'",)),
    ("bernoulli_loss.subtract_true_image_entropy", "True or False", ("'no'",)),
    ("vae_optimizer.optimizer_fn", "be a function", ("@AdamOptimizer()",
                                                     "'Adam'")),
    ("vae_optimizer.learning_rate", "0 or greater", ("-0.1", "'x'")),
    ("AdamOptimizer.learning_rate", "0 or greater", ("-1e-4", "'1e-4'")),
    ("AdamOptimizer.beta1", "below 1", ("1.0", "-0.1", "None")),
    ("AdamOptimizer.beta2", "below 1", ("1.5",)),
    ("AdamOptimizer.epsilon", "greater than 0", ("0", "-1e-8")),
    ("vae.beta", "0 or greater", ("-1", "None", "'4'", "[1, 2]",
                                  "1e999")),
    ("beta_tc_vae.beta", "0 or greater", ("-6.0",)),
    ("factor_vae.gamma", "0 or greater", ("-10.0", "None")),
    ("annealed_vae.gamma", "0 or greater", ("-1",)),
    ("annealed_vae.c_max", "0 or greater", ("-5",)),
    ("annealed_vae.iteration_threshold", _COUNT, ("0", "1.5")),
    ("dip_vae.lambda_od", "0 or greater", ("-10", "None")),
    ("dip_vae.lambda_d_factor", "0 or greater", ("-1",)),
    ("dip_vae.dip_type", "'i' or 'ii'", ("'iii'", "1", "None")),
    ("dataset.name", "text", ("3", "None")),
    ("sparse_vae.objective", "be an object", ("@vae", "None")),
    ("sparse_vae.latent", "be an object", ("@l0_pair", "3")),
    ("sparse_vae.groups", "positive integers", ("3", "[]", "[0, 4]",
                                                "[-1, 5]", "[1.5, 2.5]")),
    ("sparse_vae.groups", "sum to encoder.num_latent", ("[3, 3]",)),
    ("sparse_vae.dip_diagonal", "dip_diagonal", ("'some'",)),
    ("l0_pair.tau", "0 or greater", ("-0.1", "None")),
    ("l0_pair.temperature", "greater than 0", ("0", "-1", "'x'")),
    ("l0_pair.gamma", "below 0", ("0.1",)),
    ("l0_pair.zeta", "above 1", ("0.5",)),
    ("l0_pair.test_gate", "be", ("'soft'",)),
    ("l0_pair.learning_rate_multiplier", "learning_rate_multiplier",
     ("0", "-1")),
)
# Gates of masked networks, which are made with the networks.
_MASKED = ("encoder.encoder_fn = @masked_fc_encoder",)
_GATE_VALUES = (
    ("hard_concrete_gate", "lambda_l0", "0 or greater", "-1"),
    ("hard_concrete_gate", "drop_rate", "drop_rate", "2"),
    ("hard_concrete_gate", "temperature", "greater than 0", "0"),
    ("l1_gate", "lambda_l1", "0 or greater", "-1"),
    ("l1_gate", "lambda_l2", "0 or greater", "'x'"),
    ("l1_gate", "threshold", "[0, 1)", "1"),
    ("magnitude_gate", "sparsity", "[0, 1)", "1.0"),
    ("magnitude_gate", "end_step", "end_step", "0"),
    ("random_gate", "sparsity", "[0, 1)", "-0.5"),
    ("random_gate", "seed", "integer", "1.5"),
    ("l1_gate", "granularity", "granularity", "'pixel'"),
    ("ticket_gate", "path", "ticket", "'nowhere'"),
)
_METRIC_VALUES = (
    ("mig", "num_train", _COUNT, ("0", "-1", "1.5", "'10'", "None")),
    ("mig", "batch_size", _COUNT, ("0", "-16", "None")),
    ("sap_score", "num_train", _COUNT, ("0",)),
    ("sap_score", "num_test", _COUNT, ("0", "2.5")),
    ("sap_score", "continuous_factors", "True or False", ("'no'",)),
    ("dci", "num_train", _COUNT, ("0",)),
    ("dci", "num_test", _COUNT, ("-1",)),
    ("beta_vae_sklearn", "num_train", _COUNT, ("0",)),
    ("beta_vae_sklearn", "num_eval", _COUNT, ("0",)),
    ("beta_vae_sklearn", "batch_size", _COUNT, ("0",)),
    ("beta_vae_sklearn", "batch_size", "memory", ("100000000",)),
    ("factor_vae_metric", "num_train", _COUNT, ("0",)),
    ("factor_vae_metric", "num_variance_estimate", _COUNT, ("0",)),
    ("modularity_explicitness", "num_train", _COUNT, ("0",)),
    ("unsupervised", "num_train", _COUNT, ("0",)),
    ("downstream_task_logistic_regression", "num_train", _COUNT, (
        "0", "[]", "[10, 0]")),
    ("downstream_task_logistic_regression", "num_test", _COUNT, ("0",)),
)
_GIN_NAMES = {"factor_vae_metric": "factor_vae_score",
              "unsupervised": "unsupervised_metrics",
              "downstream_task_logistic_regression": "downstream_task"}


def _value_cases():
  for name, words, values in _TRAINING_VALUES:
    for value in values:
      yield _train("values of a training", [f"{name} = {value}"], words)
  for gate, parameter, words, value in _GATE_VALUES:
    yield _train("values of a training", [
        *_MASKED, f"channel_mask.gate = @{gate}()",
        f"{gate}.{parameter} = {value}"], words)
  separate = ("encoder.encoder_fn = @grouped_encoder",
              "grouped_encoder.encoder_fn = @fc_encoder",
              "sparse_vae.groups = [2, 2]")
  for groups, words in (("[1, 3]", "refine"), ("[4]", "refine"),
                        ("[2, 3]", "sum"), ("[0, 4]", "positive"),
                        ("None", "positive"), ("2", "positive")):
    yield _train("values of a training", [
        *separate, f"grouped_encoder.groups = {groups}"], words)
  yield _train("values of a training", ["STEPS = 0",
               "model.training_steps = %STEPS"], "positive integer, but is 0")
  for metric, parameter, words, values in _METRIC_VALUES:
    for value in values:
      name = _GIN_NAMES.get(metric, metric)
      yield _evaluate(
          "values of a metric", [f"{name}.{parameter} = {value}"], words,
          gin=f"{_STUDY}/metric_configs/{metric}.gin")
  for value in ("None", "-1", "1.5", "'x'"):
    yield _evaluate("values of a metric",
                    [f"evaluation.random_seed = {value}"], "integer in")
    yield _postprocess("values of a postprocess",
                       [f"postprocess.random_seed = {value}"], "integer in")
  for value in ("1", "0", "'20'"):
    yield _evaluate("values of a metric", [f"discretizer.num_bins = {value}"],
                    "2 or greater")
  for value in ("@mig()", "'mig'", "None"):
    yield _evaluate("values of a metric",
                    [f"evaluation.evaluation_fn = {value}"], "be a function")
    yield _postprocess(
        "values of a postprocess",
        [f"postprocess.postprocess_fn = {value}"], "be a function")
  for name in ("mic", "active_latents", "factor_sparsity",
               "total_correlation"):
    for value in ("0", "-1", "'9'"):
      yield _evaluate("values of a metric", [
          f"evaluation.evaluation_fn = @{name}", f"{name}.num_train = {value}"],
                      _COUNT)


def _gin_cases():
  kind = "gin"
  bad = (
      ("modl.training_steps = 3", "did you mean 'model'"),
      ("model.training_step = 3", "did you mean 'training_steps'"),
      ("model.model_dir = 'x'", "no parameter 'model_dir'"),
      ("encoder.num_latents = 3", "did you mean 'num_latent'"),
      ("encoder.input_tensor = 3", "no parameter 'input_tensor'"),
      ("sparse_vae.group = [1]", "did you mean 'groups'"),
      ("l0_pair.tua = 1", "did you mean 'tau'"),
      ("model.model = @sprse_vae()", "did you mean 'sparse_vae'"),
      ("encoder.encoder_fn = @conv_encodr", "did you mean 'conv_encoder'"),
      ("model.training_steps", "not gin"),
      ("model.training_steps = ", "not gin"),
      ("model.training_steps 3", "not gin"),
      ("model.training_steps == 3", "not gin"),
      ("model.training_steps = three", "not gin"),
      ("training_steps = 3 4", "not gin"),
      ("model.name = 'open", "not gin"),
      ("model.batch_size = [1, 2", "not gin"),
      ("model..batch_size = 3", "not gin"),
      ("= 3", "not gin"),
      ("3", "not gin"),
      ("hello world", "not gin"),
      ("model.batch_size = 3)", "not gin"),
      ("model.batch_size = %NOWHERE", "NOWHERE"),
      ("include 'nowhere.gin'", "no gin file 'nowhere.gin'"),
      ("include nowhere", "not gin"),
      ("import no_such_module_anywhere", "no_such_module_anywhere"),
      ("import", "not gin"),
      ("model.batch_size = lambda: 3", "not gin"),
      ("model.batch_size = 1/0", "not gin"),
      ("\x00", "not gin"),
      ("model.batch_size = \u2460", "not gin"),
  )
  for binding, words in bad:
    yield _train(kind, [binding], words)
  for name, words in (
      ("unknown.gin", "'unknown.gin', line 2"),
      ("parameter.gin", "'parameter.gin', line 3"),
      ("syntax.gin", "'syntax.gin', line 2"),
      ("include.gin", "'include.gin', line 1"),
      ("nested.gin", "'unknown.gin', line 2"),
      ("import.gin", "no_such_module"),
      ("itself.gin", "itself"),
      ("binary.gin", "'binary.gin'"),
      ("latin1.gin", "'latin1.gin'"),
      ("folder.gin", "is a folder"),
      ("trian.gin", "did you mean 'train.gin'"),
      ("gin_configs/masked_dipva.gin", "did you mean 'gin_configs/masked_dip"),
      ("gin_configs/", "folder"),
      ("", "is a folder"),
      ("/nowhere/x.gin", "no gin file"),
      ("empty.gin", "must be set"),
      ("model/results/json/train_results.json", "not gin"),
  ):
    yield _train(kind, [], words, gin=name)
  for name in ("training_steps", "batch_size", "random_seed", "model"):
    yield _train(kind, [], f"model.{name} must be set",
                 gin=f"without_{name}.gin")
  for name in ("num_latent", "encoder_fn", "decoder_fn", "loss_fn",
               "optimizer_fn", "beta", "name"):
    yield _train(kind, [], f".{name} must be set", gin=f"without_{name}.gin")
  yield _postprocess(kind, [], "no gin file", gin="nowhere.gin")
  yield _postprocess(kind, ["postproces.random_seed = 1"],
                     "did you mean 'postprocess'")
  yield _postprocess(kind, ["postprocess.postprocess_fn = @mean"],
                     "'mean_representation'")
  yield _postprocess(kind, [], "must be set", gin="empty.gin")
  yield _evaluate(kind, [], "no gin file",
                  gin=f"{_STUDY}/metric_configs/migg.gin")
  yield _evaluate(kind, ["mig.num_trains = 1"], "did you mean 'num_train'")
  yield _evaluate(kind, ["evaluation.evaluation_fn = @migg"],
                  "did you mean 'mig'")
  yield _evaluate(kind, [], "must be set", gin="empty.gin")
  yield _evaluate(kind, ["evaluation.evaluation_fn = @dci"],
                  "dci.num_train")


def _flag_cases():
  kind = "flags"
  yield _train(kind, ["model.batch_size = 2"], "belongs to no flag",
               "model.training_steps = 1")
  yield _train(kind, [], "belongs to no flag", "train")
  yield _train(kind, [], "gin_binding", "--gin_binding=x")
  yield _train(kind, [], "unknown", "--overwritte")
  yield _train(kind, [], "overwrite", "--overwrite=perhaps")
  yield Case(kind, "dlib_train", ("--model_dir",), "model_dir")
  for arguments in ((), ("--model_dir=new",)):
    yield Case(kind, "dlib_train", arguments, "No --gin_config is given")
  yield Case(kind, "dlib_train", (
      "--gin_file_name=train.gin", "--model_dir=new"), "gin_model_dir")
  yield Case(kind, "dlib_postprocess", (
      "--model_dir=model", f"--gin_config={_MEAN}"), "--output_dir")
  yield Case(kind, "dlib_postprocess", (
      "--output_dir=new", f"--gin_config={_MEAN}"), "--model_dir")
  yield Case(kind, "dlib_evaluate", (
      "--input_dir=representation", f"--gin_config={_MIG}"), "--output_dir")
  yield Case(kind, "dlib_evaluate", (
      "--output_dir=new", f"--gin_config={_MIG}"), "--input_dir")
  yield Case(kind, "dlib_evaluate", (
      "--output_dir=new", "--input_dir=representation",
      "--gin_evaluation_config_glob=nowhere/*.gin"), "nowhere/*.gin")
  yield Case(kind, "dlib_visualize_model", ("--output_dir=new",),
             "--model_dir")
  yield Case(kind, "dlib_visualize_model", ("--model_dir=model",),
             "--output_dir")
  yield Case(kind, "dlib_visualize_dataset", ("extra",), "belongs to no flag")
  yield Case(kind, "dlib_reproduce", ("--study=unsupervised_study_v11",),
             "unsupervised_study_v1'")
  yield Case(kind, "dlib_reproduce", ("--model_num=one",), "model_num")
  yield Case(kind, "dlib_reproduce", (
      "--study=unsupervised_study_v1", "--model_num=-5", "--only_print"),
             "model_num")
  yield Case(kind, "dlib_reproduce", (
      "--study=unsupervised_study_v1", "--model_num=99999999",
      "--only_print"), "model_num")
  yield Case(kind, "dlib_reproduce", (
      "--study=test", "--output_directory=new/{x}"), "output_directory")
  yield Case(kind, "dlib_aggregate_results", (
      "--result_file_pattern=nowhere/*.json", "--output_path=new.json"),
             "nowhere/*.json")
  yield Case(kind, "dlib_reason", ("--input_dir=model",
             f"--gin_config={_REASON}"), "--output_dir")
  yield Case(kind, "dlib_reason", ("--input_dir=nowhere", "--output_dir=new",
             f"--gin_config={_REASON}"), "does not exist")


def _data_cases():
  kind = "data sets"
  for name in ("dsprites_full", "dsprites_noshape", "color_dsprites",
               "noisy_dsprites", "scream_dsprites", "cars3d", "smallnorb",
               "shapes3d", "mpi3d_toy", "mpi3d_real", "mpi3d_realistic",
               "mnist"):
    yield _train(kind, [f"dataset.name = '{name}'"], "no_data")
  for name, near in (("dspritess", "dsprites"), ("dummy", "dummy_data"),
                     ("", "must be"), ("mpi3d", "mpi3d_"),
                     ("auto", "must be"), ("DSPRITES_FULL", "dsprites_full"),
                     ("shapes_3d", "shapes3d")):
    yield _train(kind, [f"dataset.name = '{name}'"], near)
  yield _evaluate(kind, ["dataset.name = 'nothing_at_all'"], "must be one of")
  yield _postprocess(kind, ["dataset.name = 'dummy_dat'"],
                     "did you mean 'dummy_data'")
  yield Case(kind, "dlib_visualize_dataset", ("--name=dummy", "--path=new"),
             "did you mean 'dummy_data'")
  yield Case(kind, "dlib_visualize_dataset", ("--path=new",), "no_data")
  for name, files, words in _BAD_DATA:
    yield _train(kind, [f"dataset.name = '{name}'"], words,
                 condition=_data_in(files))


def _npz(**arrays):
  import io

  import numpy as np
  stream = io.BytesIO()
  np.savez_compressed(stream, **arrays)
  return stream.getvalue()


_DSPRITES = "dsprites/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"
_BAD_DATA = (
    ("dsprites_full", {_DSPRITES: b""}, _DSPRITES),
    ("dsprites_full", {_DSPRITES: b"not an archive"}, _DSPRITES),
    ("dsprites_full", {_DSPRITES: b"PK\x03\x04" + b"\0" * 99}, _DSPRITES),
    ("dsprites_full", {_DSPRITES: {}}, _DSPRITES),
    ("dsprites_full", {_DSPRITES: {"imgs": [1, 2]}}, _DSPRITES),
    ("dsprites_full", {_DSPRITES: None}, _DSPRITES),
    ("mpi3d_toy", {"mpi3d_toy/mpi3d_toy.npz": b"nothing"}, "mpi3d_toy.npz"),
    ("mpi3d_toy", {"mpi3d_toy/mpi3d_toy.npz": {"x": [1]}}, "mpi3d_toy.npz"),
    ("shapes3d", {"3dshapes/look-at-object-room_floor-hueXwall-hueXobj-"
                  "hueXobj-sizeXobj-shapeXview-azi.npz": b"nothing"},
     "look-at-object-room"),
    ("cars3d", {"cars/car_000_mesh.mat": b"nothing"}, "cars"),
    ("cars3d", {"cars/readme.txt": b"nothing"}, "cars"),
    ("smallnorb", {
        "small_norb/smallnorb-5x46789x9x18x6x2x96x96-training-dat.mat": b"x"},
     "smallnorb"),
    ("mnist", {"mnist/mnist.npz": b"nothing"}, "mnist.npz"),
    ("mnist", {"mnist/mnist.npz": {"x": [1]}}, "mnist.npz"),
)


def _data_in(files):
  """Returns a context manager in which upstream reads these files.

  Args:
    files: Dictionary from paths to bytes, to arrays of an npz file by name, or
      to None for a folder.
  """
  @contextlib.contextmanager
  def condition():
    folder = os.path.abspath("data")
    for path, content in files.items():
      place = pathlib.Path(folder, path)
      place.parent.mkdir(parents=True, exist_ok=True)
      if content is None:
        place.mkdir()
      else:
        place.write_bytes(content if isinstance(content, bytes)
                          else _npz(**content))
    import importlib
    upstream = "disentanglement_lib.data.ground_truth."
    norb = importlib.import_module(f"{upstream}norb")
    places = {"dsprites.DSPRITES_PATH": os.path.join(folder, _DSPRITES),
              "cars3d.CARS3D_PATH": os.path.join(folder, "cars"),
              "shapes3d.SHAPES3D_PATH": None,
              "norb.SMALLNORB_TEMPLATE": os.path.join(
                  folder, "small_norb",
                  os.path.basename(norb.SMALLNORB_TEMPLATE))}
    shapes = importlib.import_module(f"{upstream}shapes3d")
    places["shapes3d.SHAPES3D_PATH"] = os.path.join(
        folder, "3dshapes", os.path.basename(shapes.SHAPES3D_PATH))
    with contextlib.ExitStack() as stack:
      stack.callback(shutil.rmtree, folder)
      for name, place in places.items():
        stack.enter_context(unittest.mock.patch(f"{upstream}{name}", place))
      stack.enter_context(unittest.mock.patch.dict(
          os.environ, DISENTANGLEMENT_LIB_DATA=folder))
      yield

  return condition


def _folder_cases():
  kind = "folders"
  yield _train(kind, [], "--overwrite", out="model")
  yield _postprocess(kind, [], "--overwrite", out="representation")
  yield _evaluate(kind, [], "--overwrite", out="representation")
  yield Case(kind, "dlib_visualize_model", (
      "--model_dir=model", "--output_dir=model"), "--overwrite")
  yield _train(kind, ["model.batch_size = 0"], _COUNT, out="model")
  yield _train(kind, ["modl.batch_size = 0"], "did you mean", "--overwrite",
               out="model")
  yield _train(kind, [], "is a file", out="train.gin")
  yield _train(kind, [], "is a file", "--overwrite", out="train.gin")
  yield _train(kind, [], "is a file", out="train.gin/model")
  yield _postprocess(kind, [], "is a file", out="train.gin")
  yield _evaluate(kind, [], "is a file", out="train.gin/x")
  yield _train(kind, [], "name", out="x" * 300)
  for folder, words in (
      ("nowhere", "does not exist"), ("train.gin", "is a file"),
      ("broken", "broken"), ("representation/results", "no folder 'tfhub'")):
    yield _postprocess(kind, [], words, model=folder)
    yield _evaluate(kind, [], words, source=folder)
    yield Case(kind, "dlib_visualize_model", (
        f"--model_dir={folder}", "--output_dir=new"), words)
  yield _ours(kind, "does not exist", "evaluate", "--protocol=protocol",
              "--model_dir=nowhere")
  yield _ours(kind, "nowhere", "compact", "nowhere", "new")
  yield _ours(kind, "nowhere", "scores", "nowhere")
  yield _ours(kind, "nowhere", "report", "nowhere")
  yield _ours(kind, "nowhere", "compare", "nowhere")
  yield _ours(kind, "exists", "compact", "model", "representation")
  yield _ours(kind, "no protocol 'nothing'", "evaluate", "--protocol=nothing",
              "--model_dir=model")
  yield _ours(kind, "no metric 'migg'", "evaluate", "--protocol=protocol",
              "--model_dir=model", "--metric=migg")
  yield _ours(kind, "no representation 'men'", "evaluate",
              "--protocol=protocol", "--model_dir=model",
              "--representation=men")
  yield _ours(kind, "positive integer", "evaluate", "--protocol=protocol",
              "--model_dir=model", "--processes=0")
  for condition in (read_only, full_disk):
    words = "read-only" if condition is read_only else "space"
    yield _train(kind, [], words, out="new/x", condition=condition)
    yield _postprocess(kind, [], words, out="new/x", condition=condition)
    yield _evaluate(kind, [], words, out="new/x", condition=condition)
    yield Case(kind, "dlib_visualize_model", (
        "--model_dir=model", "--output_dir=new/x"), words, condition=condition)
    yield Case(kind, "dlib_visualize_dataset", (
        "--name=dummy_data", "--path=new"), words, condition=condition)
    yield _ours(kind, words, "compact", "model", "new/model",
                condition=condition)
    yield _ours(kind, words, "report", "model", "--output=new/r.html",
                condition=condition)


@contextlib.contextmanager
def read_only():
  """Makes `new` a folder in which nothing can be made, even by root."""
  with _refusing(errno.EACCES):
    yield


@contextlib.contextmanager
def full_disk():
  """Makes `new` a folder on a full disk."""
  with _refusing(errno.ENOSPC):
    yield


@contextlib.contextmanager
def _refusing(number):
  """Puts `new` on a file system of its own."""
  options = "size=4k,nr_inodes=2" if number == errno.ENOSPC else "ro"
  os.makedirs("new")
  subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs",
                  os.path.abspath("new")], check=True, capture_output=True)
  try:
    yield
  finally:
    subprocess.run(["umount", "-l", os.path.abspath("new")], check=True)


def _damage_cases():
  kind = "damaged files"
  for name, (_, words) in _DAMAGE.items():
    folder = f"broken/{name}"
    yield _postprocess(kind, [], words, model=folder)
    yield Case(kind, "dlib_visualize_model", (
        f"--model_dir={folder}", "--output_dir=new"), words)
    if name not in ("no_gin", "empty_gin"):  # The module alone is enough.
      yield _ours(kind, words, "compact", folder, "new")
  for name, (_, words) in _DAMAGED_REPRESENTATION.items():
    yield _evaluate(kind, [], words, source=f"broken/{name}")


def _write(content):
  return lambda path: path.write_bytes(content)


def _cut(path):
  path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])


_DATA_FILE = "tfhub/variables/variables.data-00000-of-00001"
# Name: (files and what happens to them, words of the answer).
_DAMAGE = {
    "no_module": ({"tfhub/saved_model.pb": os.unlink}, "saved_model.pb"),
    "empty_module": ({"tfhub/saved_model.pb": _write(b"")}, "saved_model.pb"),
    "wrong_module": ({"tfhub/saved_model.pb": _write(b"hello world" * 9)},
                     "wrong_module/tfhub"),
    "cut_module": ({"tfhub/saved_model.pb": _cut}, "cut_module/tfhub"),
    "no_index": ({"tfhub/variables/variables.index": os.unlink}, "variables"),
    "wrong_index": ({"tfhub/variables/variables.index": _write(b"x" * 99)},
                    "wrong_index/tfhub"),
    "no_weights": ({_DATA_FILE: os.unlink}, "variables"),
    "cut_weights": ({_DATA_FILE: _cut}, "cut_weights/tfhub"),
    "no_gin": ({"results/gin/train.gin": os.unlink}, "train.gin"),
    "empty_gin": ({"results/gin/train.gin": _write(b"")}, "train.gin"),
    "binary_gin": ({"results/gin/train.gin": _write(b"\xff\xfe\0\1" * 30)},
                   "train.gin"),
}
_DAMAGED_REPRESENTATION = {
    "r_no_module": ({"tfhub/saved_model.pb": os.unlink}, "saved_model.pb"),
    "r_empty_module": ({"tfhub/saved_model.pb": _write(b"")},
                       "saved_model.pb"),
    "r_cut_module": ({"tfhub/saved_model.pb": _cut}, "cut_module/tfhub"),
    "r_no_weights": ({_DATA_FILE: os.unlink}, "variables"),
    "r_no_gin": ({"results/gin/postprocess.gin": os.unlink},
                 "postprocess.gin"),
    "r_empty_gin": ({"results/gin/postprocess.gin": _write(b"")},
                    "postprocess.gin"),
    "r_bad_json": ({"results/json/postprocess_results.json": _write(b"{")},
                   "postprocess_results.json"),
    "r_binary_json": ({"results/json/train_results.json": _write(b"\xff\0")},
                      "train_results.json"),
}


def possible(cases: Iterable[Case]) -> list[Case]:
  """Returns the cases that can run here: mounting needs the rights for it."""
  try:
    with read_only():
      return list(cases)
  except (OSError, subprocess.CalledProcessError):
    return [case for case in cases
            if case.condition not in (read_only, full_disk)]
  finally:
    shutil.rmtree("new", ignore_errors=True)


def prepare() -> None:
  """Fills the present folder with what the cases are given."""
  from disentanglement_lib.evaluation import evaluate
  from disentanglement_lib.methods.unsupervised import train
  from disentanglement_lib.postprocessing import postprocess
  _write_gin_files()
  train.train_with_gin("model", gin_config_files=["train.gin"])
  postprocess.postprocess_with_gin(
      "model", "representation", gin_config_files=[_MEAN])
  evaluate.evaluate_with_gin(
      "representation", "metrics/mean/mig", gin_config_files=[_MIG],
      gin_bindings=["mig.num_train = 50"])
  for kind, source in (("postprocess_configs/mean", _MEAN),
                       ("metric_configs/mig", _MIG)):
    path = pathlib.Path("protocol", f"{kind}.gin")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'include "{source}"\n')
  for source, damages in (("model", _DAMAGE),
                          ("representation", _DAMAGED_REPRESENTATION)):
    for name, (files, _) in damages.items():
      shutil.copytree(source, f"broken/{name}")
      for path, change in files.items():
        change(pathlib.Path("broken", name, path))


def _write_gin_files():
  files = {
      "train.gin": _TRAIN_GIN, "empty.gin": "",
      "unknown.gin": "# A gin file.\nmodl.batch_size = 3\n",
      "parameter.gin": "# A gin file.\n\nmodel.batch_sizes = 3\n",
      "syntax.gin": "import sparse_disent\nmodel.batch_size 3\n",
      "include.gin": "include 'nowhere.gin'\n",
      "nested.gin": "include 'unknown.gin'\n",
      "import.gin": "import no_such_module\n",
      "itself.gin": "include 'itself.gin'\n"}
  for name, content in files.items():
    pathlib.Path(name).write_text(content)
  text = pathlib.Path(_base()).read_text() + _TRAIN_GIN.replace(
      'include "gin_configs/base.gin"', "")
  for parameter in ("training_steps", "batch_size", "random_seed", "model",
                    "num_latent", "encoder_fn", "decoder_fn", "loss_fn",
                    "optimizer_fn", "beta", "name"):
    pathlib.Path(f"without_{parameter}.gin").write_text("\n".join(
        line for line in text.splitlines()
        if not line.partition(" ")[0].endswith(f".{parameter}")))
  pathlib.Path("binary.gin").write_bytes(bytes(range(256)))
  pathlib.Path("latin1.gin").write_bytes(b"# \xe9\nvae.beta = 1")
  pathlib.Path("folder.gin").mkdir()


def _base():
  import sparse_disent
  package = pathlib.Path(sparse_disent.__file__).parent
  return next(place / "gin_configs/base.gin"
              for place in (package, package.parent)
              if (place / "gin_configs").is_dir())


CASES = (*_gin_cases(), *_flag_cases(), *_value_cases(), *_data_cases(),
         *_folder_cases(), *_damage_cases())
