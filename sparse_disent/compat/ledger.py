"""The ledger: every name outside this package that it replaces, and why.

`patching` refuses names that are not listed here. docs/upstream.md shows the
ledger, and a test keeps both equal. Other tests look for names that are
replaced but not listed.
"""
import dataclasses

UPSTREAM = "disentanglement_lib"

# Kinds of entries: what is done to a name, and what becomes of the changes that
# a fork of upstream has made to it.
CALLED = "called"
OWN = "own"
STAND_IN = "stand-in"
ADDED = "added"
SET = "set"
TEMPORARY = "temporary"
READ = "read"
KINDS = {
    CALLED: ("Wrapped: our function calls what is there.",
             "The changed function runs. If its first parameters are others, "
             "it is left alone, with one line."),
    OWN: ("Replaced where its source is that of upstream 1.5.",
          "The changed function is left alone, with one line."),
    STAND_IN: ("A module in a module, with some other functions in it.",
               "All other names are those of the module. If the name is not "
               "there, nothing is done, with one line."),
    ADDED: ("Added where it is missing.", "What is there stays."),
    SET: ("Set for the whole process.", "No part of upstream."),
    TEMPORARY: ("Replaced for the time of one call, and put back.",
           "The changed code runs."),
    READ: ("Not replaced: relied on, where its source is that of upstream 1.5.",
           "The changed function is called as upstream would, with one line."),
}


@dataclasses.dataclass(frozen=True)
class Entry:
  """A foreign name.

  Attributes:
    name: Module and attribute, "module:attribute"; for `sys.modules` and
      `os.environ` the attribute is a key.
    kind: One of `KINDS`.
    where: The module of this package that makes the change.
    why: Reason for the change.
    loss: Cost of leaving a fork's name alone.
    parameters: First parameters of upstream's function that our wrapper reads.
    fingerprint: `patching.fingerprint` of the name in upstream 1.5.
  """

  name: str
  kind: str
  where: str
  why: str
  loss: str = ""
  parameters: tuple[str, ...] = ()
  fingerprint: str = ""


def _upstream(kind, where, why, loss, *names):
  """Returns entries for upstream's `(name, parameters or fingerprint)`."""
  entries = []
  for name in names:
    name, *more = (name,) if isinstance(name, str) else name
    fields = {"fingerprint" if kind in (OWN, READ) else "parameters": more[0]
              } if more else {}
    entries.append(Entry(
        f"{UPSTREAM}.{name}", kind, where, why, loss, **fields))
  return entries


def _others(kind, where, why, *names):
  return [Entry(name, kind, where, why) for name in names]


_DATA = "data.ground_truth"
_METRICS = "evaluation.metrics"
_UDR = "evaluation.udr.metrics.udr"  # Not in the wheel.
_CODES = ("mus_train", "ys_train")
_SLOW_METRIC = "its classifiers draw from NumPy's global generator, so that " \
    "two runs differ"
_NAN = "its score of a pruned model may be NaN or an error"

_DATA_SETS = [
    *_upstream(
        CALLED, "data.registry", "Knows further data sets, and says which file "
        "is missing before anything is loaded.", "",
        f"{_DATA}.named_data:get_named_ground_truth_data"),
    *_upstream(
        CALLED, "data.dependent", "Draws factors as gin's `correlated` and "
        "`constrained` say.", "factors of training data are independent",
        (f"{_DATA}.util:tf_data_set_from_ground_truth_data",
         ("ground_truth_data", "random_seed"))),
    *_upstream(
        STAND_IN, "data.packed", "`load` and `array` hold dSprites at one bit "
        "a pixel in a file that processes share.",
        "dSprites takes 3 GB of memory in each process, twice that while it "
        "is loaded", f"{_DATA}.dsprites:np"),
    *_upstream(
        STAND_IN, "compat.startup.loaders",
        "Pillow 10 has no `ANTIALIAS` and takes no "
        "size of three numbers.", "what it asks of Pillow may be gone",
        f"{_DATA}.cars3d:PIL", f"{_DATA}.dsprites:PIL", f"{_DATA}.norb:PIL"),
    *_upstream(
        OWN, "compat.startup.loaders",
        "NumPy 2.4 makes no number of an array `[1]`, "
        "as which it reads a header.",
        "its header may be no number for NumPy 2.4 and later",
        (f"{_DATA}.norb:_read_binary_matrix", "bfe4475e42dd")),
    *_upstream(
        OWN, "compat.training.bulk_input",
        "Its data set answers `batch` in bulk, with the "
        "same images.",
        "images for training are made one at a time, several times slower",
        (f"{_DATA}.util:tf_data_set_from_ground_truth_data", "d7b58a9df27e")),
]

_ONE_BY_ONE = (
    "observations are drawn one at a time for training, and encoded anew for "
    "each metric, several times slower")
# Upstream's functions that draw nothing but factors.
_DRAWING = {
    "ground_truth_data:GroundTruthData.sample": "69566948a224",
    "ground_truth_data:GroundTruthData.sample_observations": "3536d198b908",
    "util:SplitDiscreteStateSpace.sample_latent_factors": "741bb8be405c",
    "util:SplitDiscreteStateSpace.sample_all_factors": "1a38c39896e4",
    "util:SplitDiscreteStateSpace._sample_factor": "a4c5ba9937ca",
    "dsprites:DSprites.sample_factors": "2615f6fa9fd6",
    "dsprites:DSprites.sample_observations_from_factors": "7f2de248e386",
    "dsprites:DSprites.sample_observations_from_factors_no_color":
        "3b1439c436f2",
    "cars3d:Cars3D.sample_factors": "2615f6fa9fd6",
    "cars3d:Cars3D.sample_observations_from_factors": "baa0fbe73996",
    "mpi3d:MPI3D.sample_factors": "2615f6fa9fd6",
    "mpi3d:MPI3D.sample_observations_from_factors": "c96a2c704bfa",
    "norb:SmallNORB.sample_factors": "2615f6fa9fd6",
    "norb:SmallNORB.sample_observations_from_factors": "2071839b5108",
    "shapes3d:Shapes3D.sample_factors": "2615f6fa9fd6",
    "shapes3d:Shapes3D.sample_observations_from_factors": "30387f48de2d",
}
_SAMPLING = _upstream(
    READ, "compat.training.bulk_input",
    "Draws nothing but factors, so that many observations "
    "are drawn at once, and looked up by number.", _ONE_BY_ONE,
    *((f"{_DATA}.{name}", code) for name, code in _DRAWING.items()))

_STEPS = [
    *_upstream(
        CALLED, "compat.training.upstream_train",
        "Has a default `model_dir` and the argument `resume`, and clears gin "
        "also after an error.", "",
        "methods.unsupervised.train:train_with_gin"),
    *_upstream(
        CALLED, "compat.training.upstream_train",
        "Continues a training, checks data set and settings first, and "
        "replaces an old model once the new one is whole.",
        "trainings cannot be continued",
        ("methods.unsupervised.train:train", ("model_dir", "overwrite"))),
    *_upstream(
        TEMPORARY, "compat.training.upstream_train",
        "While `train` runs, its folder may exist, data are loaded once, and "
        "module and results appear whole.", "",
        *(f"methods.unsupervised.train:{name}" for name in (
            "gaussian_encoder_model", "named_data", "results", "tf"))),
    *_upstream(
        CALLED, "compat.startup.upstream",
        "Checks settings and directories once gin is "
        "configured. Writes results that appear whole or not at all.",
        "a killed step leaves half of a result, and a wrong directory may be "
        "found late",
        ("postprocessing.postprocess:postprocess",
         ("model_dir", "output_dir", "overwrite")),
        ("evaluation.evaluate:evaluate",
         ("model_dir", "output_dir", "overwrite")),
        ("evaluation.abstract_reasoning.reason:reason",
         ("input_dir", "output_dir", "overwrite"))),
    *_upstream(
        CALLED, "compat.startup.upstream",
        "Checks its arguments first, and clears gin "
        "also after an error.", "", "postprocessing.postprocess:"
        "postprocess_with_gin", "evaluation.evaluate:evaluate_with_gin",
        "evaluation.abstract_reasoning.reason:reason_with_gin"),
    *_upstream(
        CALLED, "compat.startup.upstream",
        "Checks directories before anything is loaded or deleted. Writes "
        "pictures that appear whole or not at all.",
        "a wrong directory may be found late, and a killed script leaves half "
        "of the pictures",
        ("visualize.visualize_model:visualize",
         ("model_dir", "output_dir", "overwrite")),
        ("visualize.visualize_dataset:visualize_dataset",
         ("dataset_name", "output_path"))),
    *_upstream(
        CALLED, "compat.startup.upstream",
        "Stands still where the interval is one point, as of a pruned latent.",
        "animations of a pruned latent divide by 0 and are black",
        ("visualize.visualize_util:cycle_interval",
         ("starting_value", "num_frames", "min_val", "max_val"))),
    *_upstream(
        CALLED, "compat.startup.outputs",
        "Checks its directories first. Writes results that appear whole or not "
        "at all, and replaces nothing else.",
        "a killed script leaves half of a result, and the output is deleted "
        "first, whatever it holds",
        ("evaluation.udr.evaluate:evaluate", ("model_dirs", "output_dir"))),
    *_upstream(
        CALLED, "compat.startup.aggregation",
        "Names a damaged file, which is left out.",
        "one damaged file ends the script",
        ("utils.aggregate_results:_load", ("path",))),
    *_upstream(
        CALLED, "compat.startup.aggregation",
        "Writes a file that appears whole or not at all.",
        "a killed script leaves half of a file",
        ("utils.aggregate_results:aggregate_results_to_json",
         ("result_file_pattern", "output_path"))),
    *_upstream(
        STAND_IN, "compat.startup.aggregation",
        "`Pool` makes processes that die with their parent, and leaves damaged "
        "files out.",
        "processes of a killed script stay",
        "utils.aggregate_results:multiprocessing"),
    *_upstream(
        TEMPORARY, "compat.metrics.precomputed",
        "`sparse-disent evaluate` has the codes already; other signatures are "
        "the module's.", "", "evaluation.evaluate:hub"),
    *_upstream(
        READ, "evaluation.metric_tasks",
        "Hands observations to metrics and the representation alone, so that "
        "they may be numbers of images.",
        "`sparse-disent evaluate` encodes images anew for each metric, several "
        "times slower", ("evaluation.evaluate:evaluate", "6f963bdd7ac4")),
    *_upstream(
        TEMPORARY, "compat.metrics.precomputed",
        "The `elapsed_time` of a metric that ran in two "
        "parts.", "", "evaluation.evaluate:time"),
    *_upstream(
        TEMPORARY, "evaluation.failed",
        "The settings of a metric that could not be "
        "computed.", "", "utils.results:gin"),
    *_upstream(
        OWN, "compat.startup.upstream", "setuptools 81 dropped pkg_resources.",
        "it fails if it needs pkg_resources, which setuptools 81 dropped",
        ("utils.resources:get_file", "a953378179ad"),
        ("utils.resources:get_files_in_folder", "09e798e4ca4e")),
    *_upstream(
        OWN, "compat.startup.upstream", "distutils does not copy again into a "
        "directory that was deleted, and left Python in 3.12.",
        "a directory that was deleted may not be made again",
        ("utils.results:_copy_recursively", "f92f64297e53")),
    *_upstream(
        CALLED, "compat.startup.upstream",
        "Keeps NaN out of results, which is no JSON, and stores their "
        "provenance beside them.", "results may hold NaN, and have no "
        "provenance", (
            "utils.results:update_result_directory",
            ("result_directory", "step_name", "results_dict"))),
    *_upstream(
        ADDED, "compat.startup.studies", "An unknown `--study` of "
        "dlib_reproduce is an error that says what there is.", "",
        "config.reproduce:STUDIES"),
    *_upstream(
        CALLED, "data.registry", "Imports what a training imported, if nobody "
        "else knows its data set.", "", "utils.results:gin_dict"),
    *_upstream(
        CALLED, "compat.startup.upstream",
        "Writes arrays, tensors and what else JSON "
        "has no form for.", "a result that holds an array may not be written",
        ("utils.results:save_dict", ("config_path", "dict_with_info"))),
    *_upstream(
        STAND_IN, "compat.startup.upstream",
        "`mimwrite` hands imageio bytes, a "
        "duration and an endless loop.",
        "animations may fail with imageio 2.28 and later",
        "visualize.visualize_util:imageio"),
    *_upstream(
        OWN, "compat.startup.upstream",
        "Draws a single factor or latent, of which "
        "matplotlib makes no grid.",
        "data with one factor, or codes with one latent, cannot be drawn",
        ("visualize.visualize_irs:vis_all_interventional_effects",
         "248de23b9c5b")),
]

METRICS = (
    "beta_vae:compute_beta_vae_sklearn", "dci:compute_dci",
    "dci:compute_dci_on_fixed_data", "downstream_task:compute_downstream_task",
    "factor_vae:compute_factor_vae", "fairness:compute_fairness",
    "irs:compute_irs", "mig:compute_mig", "mig:compute_mig_on_fixed_data",
    "modularity_explicitness:compute_modularity_explicitness",
    "reduced_downstream_task:compute_reduced_downstream_task",
    "sap_score:compute_sap", "sap_score:compute_sap_on_fixed_data",
    "strong_downstream_task:compute_strong_downstream_task",
    "unified_scores:compute_unified_scores",
    "unified_scores:compute_unified_score_on_fixed_data",
    "unsupervised_metrics:unsupervised_metrics")
_SCORES = [
    *_upstream(
        CALLED, "compat.metrics.patches",
        "A score that has no value is null, with the "
        "reason; codes that are not finite are refused.",
        "its scores may be NaN", *(f"{_METRICS}.{name}" for name in METRICS)),
    *_upstream(
        STAND_IN, "compat.metrics.classifiers",
        "Classifiers have a seed, and take "
        "samples of one class and codes without latents.", _SLOW_METRIC,
        f"{_METRICS}.beta_vae:linear_model", f"{_METRICS}.dci:ensemble",
        f"{_METRICS}.modularity_explicitness:linear_model",
        f"{_METRICS}.sap_score:svm", f"{_METRICS}.utils:ensemble",
        f"{_METRICS}.utils:linear_model"),
    *_upstream(
        STAND_IN, "compat.metrics.corrections.matrices",
        "`histogram` takes codes that "
        "hardly vary.", _NAN, f"{_METRICS}.utils:np"),
    *_upstream(
        STAND_IN, "compat.metrics.corrections.matrices",
        "Draws no tree of one factor.",
        _NAN, f"{_METRICS}.unified_scores:dendrogram"),
    *_upstream(
        CALLED, "compat.metrics.corrections.matrices",
        "Its entries that compare with "
        "the next best latent say so where there is none.", _NAN,
        f"{_METRICS}.unified_scores:AGGREGATION_FN"),
    *_upstream(
        OWN, "compat.metrics.corrections.latents",
        "Leaves constant latents out of the "
        "covariance.", _NAN,
        (f"{_METRICS}.unsupervised_metrics:unsupervised_metrics",
         "d7c9b0c8185e")),
    *_upstream(
        CALLED, "compat.metrics.corrections",
        "Takes constant latents, a single "
        "latent, a single factor or a class that a sample lacks.", _NAN,
        (f"{_METRICS}.utils:normalize_data", ("data", "mean", "stddev")),
        f"{_METRICS}.dci:compute_importance_gbt",
        (f"{_METRICS}.dci:disentanglement_per_code", ("importance_matrix",)),
        (f"{_METRICS}.dci:completeness_per_factor", ("importance_matrix",)),
        (f"{_METRICS}.mig:_compute_mig", _CODES),
        (f"{_METRICS}.sap_score:_compute_sap", (
            "mus", "ys", "mus_test", "ys_test", "continuous_factors")),
        (f"{_METRICS}.modularity_explicitness:modularity",
         ("mutual_information",)),
        (f"{_METRICS}.modularity_explicitness:explicitness_per_factor",
         ("mus_train", "y_train", "mus_test", "y_test")),
        (f"{_METRICS}.factor_vae:_compute_variances",
         ("ground_truth_data", "representation_function")),
        (f"{_METRICS}.factor_vae:_prune_dims", ("variances",)),
        (f"{_METRICS}.irs:_drop_constant_dims", ("ys",)),
        (f"{_METRICS}.unsupervised_metrics:gaussian_total_correlation",
         ("cov",)),
        (f"{_METRICS}.unsupervised_metrics:gaussian_wasserstein_correlation",
         ("cov",)),
        (f"{_METRICS}.reduced_downstream_task:compute_reduced_representation",
         ("mus_train", "ys_train", "mus_test")),
        (f"{_METRICS}.reduced_downstream_task:compute_predictive_accuracy",
         ("x_train", "y_train")),
        f"{_METRICS}.strong_downstream_task:_compute_loss",
        (f"{_METRICS}.fairness:compute_scores_dict", ("metric", "prefix"))),
    *_upstream(
        CALLED, "compat.metrics.corrections.tasks",
        "Draws interventions from the "
        "seed, where there can be any.", "interventions are drawn from NumPy's "
        "global generator, so that two runs differ",
        (f"{_METRICS}.strong_downstream_task:_compute_loss_intervene", (
            "factors_train", "factors_test", "predictor_fn",
            "ground_truth_data", "representation_function",
            "random_state"))),
    *_upstream(
        CALLED, "compat.metrics.corrections.udr", "A score of models that have "
        "collapsed is a number or null, with the reason.",
        "its score of models that have collapsed may be an error",
        f"{_UDR}:compute_udr_sklearn",
        (f"{_UDR}:relative_strength_disentanglement", ("corr_matrix",)),
        (f"{_UDR}:lasso_correlation_matrix", ("vec1", "vec2"))),
    *_upstream(
        TEMPORARY, "compat.metrics.corrections",
        "Functions of NumPy while one function "
        "runs.", "", f"{_METRICS}.strong_downstream_task:np",
        f"{_METRICS}.unsupervised_metrics:np", f"{_UDR}:np",
        "visualize.visualize_irs:plt"),
]

_REST = [
    *_others(
        ADDED, "compat.startup.python",
        "Left Python in 3.12; upstream and gin use two "
        "of its parts.", "sys.modules:distutils",
        "sys.modules:distutils.version", "sys.modules:distutils.dir_util"),
    *_others(
        ADDED, "compat.startup.python", "Left NumPy in 2.0.", "numpy:float_"),
    *_others(
        CALLED, "compat.startup.python", "Know the keywords `whitelist` and "
        "`blacklist`.", *(
            f"{module}:{name}" for module in ("gin", "gin.config")
            for name in ("configurable", "register", "external_configurable"))),
    *_others(
        SET, "compat.startup.python",
        "Files are found from every directory, and a "
        "look-up that fails is no error.", "gin.config:_LOCATION_PREFIXES",
        "gin.config:_FILE_READERS"),
    *_others(
        CALLED, "compat.startup.gin_imports",
        "A file that is no gin, or that includes itself, is "
        "named.", "gin.config:parse_config_file", "gin:parse_config_file"),
    *_others(
        CALLED, "compat.training.literal_paths",
        "Finds a checkpoint whose path holds `*`, `?`, `[` or "
        "a backslash.", "tensorflow.python.training.saver:Saver.restore",
        "tensorflow.python.training.py_checkpoint_reader:NewCheckpointReader"),
    *_others(
        STAND_IN, "compat.training.literal_paths",
        "`get_matching_files` takes the folder of a pattern as "
        "it is written.",
        "tensorflow.python.checkpoint.checkpoint_management:file_io"),
    *_others(
        SET, "compat.startup.scripts",
        "Only in upstream's scripts: an error that a user "
        "can cure is one line.", "absl.app:run", "sys:excepthook"),
    *_others(
        CALLED, "compat.startup.gin_imports",
        "Modules of the working directory are "
        "found, and what cannot be imported is explained.",
        "gin.config:ParseContext.process_import"),
    *_others(
        SET, "compat.startup.registration",
        "A name that gin does not know registers "
        "our components, and is looked for again.",
        "gin.config:_REGISTRY.__class__"),
    *_others(
        SET, "compat.startup.tensorflow1", "Upstream's `tf` is "
        "`tensorflow.compat.v1`, where Keras 3 has no layers.",
        "tensorflow.compat.v1:keras", "tensorflow.compat.v1:layers"),
    *_others(
        ADDED, "compat.startup.contrib", "Left TensorFlow in 2.16.",
        "tensorflow:estimator", "tensorflow.compat.v1:estimator",
        *(f"sys.modules:{parent}.{name}"
          for parent in ("tensorflow", "tensorflow.compat.v1")
          for name in ("estimator", "estimator.tpu"))),
    *_others(
        SET, "compat.startup.contrib", "Left TensorFlow in 2.0.",
        "tensorflow:contrib", "tensorflow.compat.v1:contrib",
        *(f"sys.modules:{parent}.contrib{name}"
          for parent in ("tensorflow", "tensorflow.compat.v1")
          for name in ("", ".framework", ".tpu", ".tpu.python",
                       *(f".tpu.python.tpu{name}" for name in (
                           "", ".tpu_config", ".tpu_estimator")))),
        *(f"sys.modules:tensorflow_estimator{name}"
          for name in ("", ".python", ".python.estimator",
                       *(f".python.estimator.tpu{name}" for name in (
                           "", ".tpu_config", ".tpu_estimator"))))),
    *_others(
        ADDED, "compat.startup.tensorflow1", "Left tensorflow_hub in 0.13.",
        "tensorflow_hub:Module", "tensorflow_hub:add_signature",
        "tensorflow_hub:create_module_spec",
        "tensorflow_hub:eval_function_for_module",
        "tensorflow_hub:load_module_spec"),
    *_others(
        TEMPORARY, "compat.startup.tensorflow1",
        "tensorflow_hub asks for it once.",
        "sys.modules:pkg_resources"),
    *_others(
        TEMPORARY, "compat.startup.lazy_modules",
        "Loaded when it is used, not when upstream is "
        "imported.", "sys.modules:pandas", "sys.modules:sklearn",
        "sys.modules:tensorflow_probability"),
    *_others(
        TEMPORARY, "compat.speed.transposed",
        "Computes images quicker while a model is "
        "built.", "tf_keras.src.backend:conv2d_transpose"),
    *_others(
        TEMPORARY, "compat.training.building",
        "The seed of a training seeds its initial "
        "weights.", "tf_keras.src.backend:_SEED_GENERATOR"),
    *_others(
        TEMPORARY, "compat.speed.products",
        "Quicker gradients, in the graph of a "
        "training.", "tensorflow.Graph:gradient_override_map"),
    *_others(
        SET, "compat.startup.autoload", "Corrections come with the modules of "
        "upstream's that are imported.", "sys:meta_path"),
    *_others(
        SET, "compat.startup.upstream", "For upstream's tests, and its "
        "semi-supervised models.", "tensorflow.compat.v1:"
        "disable_eager_execution", "tensorflow.compat.v1:"
        "disable_v2_tensorshape"),
    *_others(
        SET, "compat.startup.lazy_modules",
        "Only in upstream's scripts, unless it is set: "
        "Keras 2, as when upstream was written.",
        "os.environ:TF_USE_LEGACY_KERAS"),
    *_others(
        SET, "compat.startup.lazy_modules",
        "Only in upstream's scripts: garbage is not "
        "looked for among what was imported.", "gc:freeze"),
    *_others(
        SET, "compat.speed.machine",
        "Unless it is set, where the processor has "
        "AVX2.", "os.environ:TF_ENABLE_ONEDNN_OPTS"),
    *_others(
        SET, "compat.speed.machine", "During training, unless an environment "
        "variable sets it: memory that is freed is kept.", "libc:mallopt"),
    *_others(
        SET, "compat.startup.quiet",
        "Notices that no user can act on are dropped.",
        "os.environ:TF_CPP_MIN_LOG_LEVEL", "logging:tensorflow",
        "warnings:filters"),
    *_others(
        TEMPORARY, "compat.startup.import_notices", "While TensorFlow is "
        "imported, unless TF_CPP_MIN_LOG_LEVEL is 0: lines that it writes "
        "on each start are left out.", "os:stderr"),
    *_others(
        TEMPORARY, "evaluation.deferred",
        "Processes that fit classifiers do not "
        "warn.", "os.environ:PYTHONWARNINGS"),
]

# Fingerprints of modules whose results this package also computes in another,
# faster or corrected way; see `patching.is_unchanged_module`.
MODULES = {
    "evaluation.metrics.beta_vae": "eb05001ca227",
    "evaluation.metrics.dci": "12767676ce3d",
    "evaluation.metrics.downstream_task": "46eddc45efb8",
    "evaluation.metrics.factor_vae": "3a88f65b4e0a",
    "evaluation.metrics.fairness": "5a89b5efbd6f",
    "evaluation.metrics.irs": "5646975f7057",
    "evaluation.metrics.mig": "309254a456e8",
    "evaluation.metrics.modularity_explicitness": "107bc669e69c",
    "evaluation.metrics.reduced_downstream_task": "61e433311000",
    "evaluation.metrics.sap_score": "3d6b25302946",
    "evaluation.metrics.strong_downstream_task": "361770087b64",
    "evaluation.metrics.unified_scores": "c62d1ff7bd38",
    "evaluation.metrics.unsupervised_metrics": "fb8eeca834f6",
    "evaluation.metrics.utils": "9a73df5c23c7",
    "postprocessing.methods": "f013fe75482b",
}

ENTRIES = (*_DATA_SETS, *_SAMPLING, *_STEPS, *_SCORES, *_REST)


def entry(name: str, *kinds: str) -> Entry:
  """Returns the entry of a name.

  Args:
    name: Such as "os.environ:TF_USE_LEGACY_KERAS".
    *kinds: The kinds that the entry may have.

  Raises:
    KeyError: There is no such entry.
  """
  for candidate in ENTRIES:
    if candidate.name == name and candidate.kind in kinds:
      return candidate
  raise KeyError(
      f"{name!r} is replaced and not in the ledger: add it to "
      "sparse_disent/compat/ledger.py.")


def table() -> str:
  """Returns the ledger as tables in Markdown, as docs/upstream.md has them."""
  lines = []
  for kind, (what, changed) in KINDS.items():
    listed = [entry for entry in ENTRIES if entry.kind == kind]
    lines += [f"### {kind.capitalize()}", "", f"{what} {changed}", "",
              "| name | by | why | where a fork's is left alone |",
              "|---|---|---|---|"]
    lines += [f"| `{entry.name.removeprefix(f'{UPSTREAM}.')}` | "
              f"`{entry.where}` | {entry.why} | {entry.loss or '-'} |"
              for entry in listed]
    lines.append("")
  return "\n".join(lines)
