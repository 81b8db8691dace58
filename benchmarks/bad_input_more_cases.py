"""Bad inputs that were thought of before the code they go to was read.

How many of them were answered well at the first try says how an input will
fare that nobody has thought of. docs/faults.md has the number.
"""
import pathlib
import shutil

from bad_input_cases import _MEAN
from bad_input_cases import _MIG
from bad_input_cases import Case
from bad_input_cases import _evaluate
from bad_input_cases import _ours
from bad_input_cases import _postprocess
from bad_input_cases import _train
from bad_input_cases import read_only

_SCORES = "metrics/*/*/results/aggregate/evaluation.json"


def prepare() -> None:
  """Adds what these cases are given to the present folder."""
  from support import small_challenge
  for path, content in {
      "cycle_a.gin": b"include 'cycle_b.gin'\n",
      "cycle_b.gin": b"include 'cycle_a.gin'\n", "raises.py": b"1 / 0\n",
      "syntax.py": b"def f(:\n", "empty.zip": b"PK\x05\x06" + bytes(18),
      "list.json": b"[1, 2]",
      "deep.json": b"[" * 10**5 + b"]" * 10**5}.items():
    pathlib.Path(path).write_bytes(content)
  for kind in ("metric_configs", "postprocess_configs"):
    pathlib.Path("void", kind).mkdir(parents=True)
  shutil.copytree("protocol", "bad_protocol")
  shutil.copy("binary.gin", "bad_protocol/metric_configs")
  for name in ("submission", "bad_submission"):
    small_challenge.make_submission(pathlib.Path(name))
  pathlib.Path("bad_submission/aicrowd.json").write_text("{")


def _training_cases():
  kind = "more: training"
  for bindings, words in (
      (["run_config.save_checkpoints_steps = 0"], "save_checkpoints_steps"),
      (["run_config.keep_checkpoint_max = -1"], "keep_checkpoint_max"),
      (["run_config.save_checkpoints_secs = 60",
        "run_config.save_checkpoints_steps = 5"], "give one of them"),
      (["run_config.save_checkpoints_secs = 'often'"], "save_checkpoints_secs"),
      (["run_config.reduced_precision = 'yes'"], "True or False"),
      (["run_config.tf_random_seed = 'x'"], "no parameter 'tf_random_seed'"),
      (["vae_optimizer.learning_rate = 1e999"], "0 or greater"),
      (["encoder.encoder_fn = @fc_decoder"], "encoder_fn must be a function"),
      (["encoder.num_latent = [4]"], "positive integer"),
      (["model.model = @l0_pair()"], "a method model_fn"),
      (["model.model = @vae"], "with @ and ()"),
      (["model.training_steps = 10**3"], "not gin"),
      (["model.training_steps = 1000000000000000000000000"], "below 2**63"),
      (["model.batch_size = 4", "model.batch_size = -4"], "but is -4"),
      (["vae.beta = @l0_pair()"], "0 or greater"),
      (["vae.beta = 4", "dip_vae.beta = 3"], "no parameter 'beta'"),
      (["dataset.name = 'dummy_data '"], "did you mean 'dummy_data'"),
      (["sparse_vae.objective = @sparse_vae()"], "needs itself"),
      (["correlated.pairs = 3", "import sparse_disent.data"], "list of pairs"),
      (["channel_mask.gate = @ticket_gate()", "ticket_gate.path = 'train.gin'",
        "encoder.encoder_fn = @masked_fc_encoder"], "ticket"),
      (["grouped_encoder.encoder_fn = @grouped_encoder", "sparse_vae.groups = "
        "[2, 2]", "encoder.encoder_fn = @grouped_encoder"], "be another")):
    yield _train(kind, bindings, words)
  yield _train(kind, [], "give --model_dir", out="")
  yield _train(kind, [], "includes itself", gin="cycle_a.gin")
  yield _train(kind, [], "did you mean 'train.gin'", gin="train.gin,empty.gin")
  yield _train(kind, [], "which is no part of", "--overwrite", out="protocol")
  yield Case(kind, "dlib_reproduce", ("--study=",), "must be one of")
  for arguments, words in ((["--output_directory=train.gin"], "is a file"),
                           (["--output_directory="], "is empty"),
                           (["--model_dir=nowhere", "--output_directory=new"],
                            "nowhere")):
    yield Case(kind, "dlib_reproduce", (
        "--study=unsupervised_study_v1", *arguments), words)


def _step_cases():
  kind = "more: later steps"
  yield _postprocess(kind, [], "must be set", gin=_MIG)
  yield _postprocess(kind, [], "gaussian_encoder", model="representation")
  yield _postprocess(kind, [], "no part of one", "--overwrite", out="model")
  yield _postprocess(kind, [], "give --output_dir", out="")
  yield _postprocess(kind, [], "no gin file", out="model/representation",
                     gin="nowhere/mean.gin")
  yield _evaluate(kind, [], "postprocess.gin", source="model")
  yield _evaluate(kind, [], "must be set", gin=_MEAN)
  yield _evaluate(kind, [], "no part of one metric", "--overwrite",
                  out="representation")
  yield _evaluate(kind, [], "is a file", out="protocol/metric_configs/mig.gin")
  for bindings, words in (
      (["discretizer.discretizer_fn = @mig"], "a function of 2 arguments"),
      (["predictor.predictor_fn = 'gbt'"], "be a function"),
      (["evaluation.name = 3"], "text"),
      (["mig.num_train = [10]"], "positive integer"),
      (["evaluation.evaluation_fn = @reconstruction_error"],
       "reconstruction_error")):
    yield _evaluate(kind, bindings, words)
  yield Case(kind, "dlib_evaluate", (
      "--input_dir=representation", "--output_dir=new",
      "--gin_evaluation_config_glob=train.gin"), "must be set")
  for arguments, words in (
      (("--model_dir=representation", "--output_dir=new"), "reconstructions"),
      (("--model_dir=model", "--output_dir=train.gin"), "is a file"),
      (("--model_dir=model", "--output_dir="), "give --output_dir"),
      (("--model_dir=model", "--output_dir=model", "--overwrite"),
       "no part of")):
    yield Case(kind, "dlib_visualize_model", arguments, words)
  for path, words in (("", "give --path"), ("train.gin", "is a file")):
    yield Case(kind, "dlib_visualize_dataset", (
        "--name=dummy_data", f"--path={path}"), words)
  for path, words in (("protocol", "is a folder"), ("", "is empty"),
                      ("train.gin/x.json", "is a file")):
    yield Case(kind, "dlib_aggregate_results", (
        f"--result_file_pattern={_SCORES}", f"--output_path={path}"), words)


def _evaluation_cases():
  kind = "more: sparse-disent evaluate"
  for arguments, words in (
      (["--checkpoint=-7"], "a training step or 'all'"),
      (["--checkpoint=newest"], "a training step or 'all'"),
      (["--checkpoint=99"], "99"), (["--seeds=0"], "positive integer"),
      (["--processes=-3"], "positive"), (["nowhere"], "nowhere"),
      (["--gin_bindings=mig.num_trains = 3"], "did you mean 'num_train'"),
      (["--gin_bindings=mig.num_train 3"], "not a gin binding"),
      (["--gin_bindings=mig.num_train = 0"], "positive integer"),
      (["--gin_bindings=dataset.name = 'cars3d'"], "dataset.name cannot be"),
      (["--output_dir=train.gin"], "is a file"), (["--output_dir="], "empty"),
      (["--protocol=train.gin"], "no protocol 'train.gin'"),
      (["--protocol=void"], "no protocol 'void'"),
      (["--protocol=bad_protocol"], "binary.gin")):
    yield _ours(kind, words, "evaluate", "--protocol=protocol",
                "--output_dir=new", "model", *arguments)
  yield _ours(kind, "no model is given", "evaluate", "--protocol=protocol")
  yield _ours(kind, "'train.gin' is a file", "evaluate",
              "--protocol=protocol", "train.gin")


def _report_cases():
  kind = "more: report, compare, compact"
  for words, *arguments in (
      ("No results below", "report", "protocol", "--output=new.html"),
      ("is a file", "report", "train.gin", "--output=new.html"),
      ("nowhere", "report", "metrics", "nowhere", "--output=new.html"),
      ("ends with .html", "report", "metrics", "--output=protocol"),
      ("ends with .html", "report", "metrics", "--output=r.pdf"),
      ("is a file", "report", "metrics", "--output=train.gin/r.html"),
      ("no baseline 'nothing'", "compare", "metrics", "--baselines=nothing"),
      ("no baseline", "compare", "metrics", "--baselines=train.gin"),
      ("list.json", "compare", "metrics", "--baselines=list.json"),
      ("deep.json", "compare", "metrics", "--baselines=deep.json"),
      ("ends with .html", "compare", "metrics", "--output=protocol"),
      ("--rescore", "compare", "metrics", "--rescore=train.gin",
       "--baselines=official_study"),
      ("never overwritten", "compact", "model", "model"),
      ("is a file", "compact", "model", "train.gin"),
      ("is a file", "compact", "model", "train.gin/small"),
      ("is a file", "compact", "train.gin", "new"),
      ("is no model", "compact", "representation", "new"),
      ("name too long", "compact", "model", "x" * 300),
      ("empty", "compact", "model", ""),
      ("does not exist", "provenance", "nowhere"),
      ("is a file", "provenance", "train.gin"),
      ("unrecognized", "provenance", "metrics", "model"),
      ("No results below", "scores", "protocol"),
      ("is a file", "scores", "train.gin"),
      ("unrecognized", "doctor", "--fix"),
      ("invalid choice", "evalute")):
    yield _ours(kind, words, *arguments)


def _other_cases():
  kind = "more: challenge, data, sweep"
  for words, *arguments in (
      ("no submission", "challenge", "pack", "nowhere"),
      ("no submission", "challenge", "pack", "protocol"),
      ("json", "challenge", "pack", "bad_submission", "--output=new.tar.gz"),
      ("megabytes", "challenge", "pack", "submission", "--max_megabytes=-1"),
      ("no submission", "challenge", "run", "nowhere"),
      ("no submission", "challenge", "run", "protocol"),
      ("no submission", "challenge", "grade", "nowhere"),
      ("invalid choice", "challenge", "grade", "submission",
       "--representation=onnx"),
      ("not an empty folder", "challenge", "new", "model"),
      ("not an empty folder", "challenge", "new", "train.gin"),
      ("nowhere.gin", "challenge", "new", "new", "--gin_config=nowhere.gin"),
      ("two runs or more", "challenge", "rank", "train.gin"),
      ("each once", "challenge", "rank", "metrics", "metrics"),
      ("metrics", "challenge", "rank", "metrics", "protocol"),
      ("train.gin", "data", "dsprites", "--dir=train.gin"),
      ("invalid choice", "data", "dsprits"),
      ("no study 'no_study'", "sweep", "no_study"),
      ("line 1: ZeroDivisionError", "sweep", "raises.py"),
      ("syntax.py", "sweep", "syntax.py"),
      ("lacks study", "sweep", "empty.gin"),
      ("binary.gin", "sweep", "binary.gin"),
      ("from 0 to 59", "sweep", "grouped_vae", "--models=9:2"),
      ("numbers or ranges", "sweep", "grouped_vae", "--models=a:b"),
      ("--where must be", "sweep", "grouped_vae", "--where=beta"),
      ("--steps must be 1", "sweep", "grouped_vae", "--steps=0"),
      ("--runner=slurm", "sweep", "grouped_vae", "--submit"),
      ("a --protocol", "sweep", "--gin_config=train.gin",
       "--vary=vae.beta=1,2")):
    yield _ours(kind, words, *arguments)
  yield _ours(kind, "read-only", "data", "dsprites", "--dir=new/x",
              condition=read_only)
  for words, *arguments in (
      ("PARAMETER=VALUE", "train.gin", "--vary=vae.beta"),
      ("no parameter 'bta'", "train.gin", "--vary=vae.bta=1,2"),
      ("0 or greater", "train.gin", "--vary=vae.beta=-1,2"),
      ("nowhere.gin", "nowhere.gin", "--vary=vae.beta=1,2"),
      ("--seeds must be 1", "train.gin", "--vary=vae.beta=1", "--seeds=-1"),
      ("is a file", "train.gin", "--vary=vae.beta=1", "--output=train.gin")):
    gin, *others = arguments
    yield _ours(kind, words, "sweep", f"--gin_config={gin}", "--output=new",
                "--protocol=protocol", *others)


CASES = (*_training_cases(), *_step_cases(), *_evaluation_cases(),
         *_report_cases(), *_other_cases())
