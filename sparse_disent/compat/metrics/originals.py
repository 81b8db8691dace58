"""Tells upstream's own source from a fork's, module by module.

Code that stands in for a function of upstream's must not stand in for a fork's
function of the same name. A module counts as upstream's own if it and the
modules of upstream's that it relies on are those of version 1.5; its wheel and
its repository have the same.
"""
import hashlib
import pathlib
import sys
import types

_PACKAGE = "disentanglement_lib."
# SHA-256 of the files whose functions something here stands in for.
_DIGESTS = {
    "evaluation.metrics.beta_vae":
        "56d47ba3c2230eb2dd2507e00cf408c0400a6c3d0e48d687b9b2b5778749df20",
    "evaluation.metrics.dci":
        "0f30326665fc9dcb7343705b82c1ca50bc9a96b8d8e726eb70deccc584cbf138",
    "evaluation.metrics.downstream_task":
        "b280760fae90e7a990ccb5ba38aacfe88eb3cec4a09c9ac8ea84bdb0d359c4b9",
    "evaluation.metrics.factor_vae":
        "6eb3ad0af3cecc7db0e4f1054a2a305e4f218eb20dd8dbe98a6a222e53105055",
    "evaluation.metrics.fairness":
        "b406803300bf7ebd81b88ee760a1b6289e5406213265bba74a9c57db46e9b449",
    "evaluation.metrics.irs":
        "dd56ef08ceab3aee9752341a5f60a04d8d5e6fb6c30166fc33fd9919a3c7fe31",
    "evaluation.metrics.mig":
        "1f83e6244aa5d87ce25e8933ff5391ab41dc74efd0e6cb395a93c26230437708",
    "evaluation.metrics.modularity_explicitness":
        "f56f6f24f62fee917a408aa4fa7a79e75a6f987b66f0d15e880decf6d33ab567",
    "evaluation.metrics.reduced_downstream_task":
        "5a7ee4772591c02b14ccf031b77df050c97714845d839b8a5ec692569650f9fa",
    "evaluation.metrics.sap_score":
        "161b652f953bff132f4971898407fc5d0f37611f9b132c2ffeb82b97c3411a3f",
    "evaluation.metrics.strong_downstream_task":
        "d99ae57060be8369351c7f670154e012d10a0deff307b8e1112fcdc5ac01f989",
    "evaluation.metrics.unified_scores":
        "ce65bbc5cc0f80ecbce1927d9fb0f85dfebe97507c3c607fd5ab953f331afcd6",
    "evaluation.metrics.unsupervised_metrics":
        "46c11ffb45b049e493bf48eef0ceeb57b45f6802b785af83ec905ba1c010d27c",
    "evaluation.metrics.utils":
        "aefad4d60a8c3ffa103778191c8fb9c0a144cde13eb0d717f4a819c59667f219",
    "postprocessing.methods":
        "1d7e97ebcee31f079435272ac4ce94047f29a88f8e47824906299e94b041b2c5",
}


def is_original(name):
  """Tells whether a module is upstream's, unchanged.

  Args:
    name: Name of a module: "disentanglement_lib.evaluation.metrics.mig".

  Returns:
    False also for a module that is not loaded, or of which there is no source.
  """
  if name not in sys.modules:
    return False
  used = [value.__name__ for value in vars(sys.modules[name]).values()
          if isinstance(value, types.ModuleType)]
  return all(_is_unchanged(module) for module in (name, *used)
             if module == name or module.removeprefix(_PACKAGE) in _DIGESTS)


def _is_unchanged(name):
  try:
    source = pathlib.Path(sys.modules[name].__file__).read_bytes()
  except (AttributeError, OSError, TypeError):
    return False
  digest = hashlib.sha256(source.replace(b"\r\n", b"\n")).hexdigest()
  return digest == _DIGESTS.get(name.removeprefix(_PACKAGE))
