"""A representation that runs with NumPy and TensorFlow alone.

The text of this file is part of python_model.dill. It runs in processes without
this package, with TensorFlow 1.15 or later, so it must import nothing but NumPy
and TensorFlow.
"""
import numpy as np
import tensorflow as tf


class Representation:
  """A function from images to codes, from a frozen graph."""

  def __init__(self, graph_def, input_name, output_name):
    """Keeps the graph; TensorFlow reads it at the first call.

    Args:
      graph_def: Bytes, a serialized `GraphDef` without variables.
      input_name: Name of the tensor of images, [batch_size, height, width,
        channels].
      output_name: Name of the tensor of codes, [batch_size, num_codes].
    """
    self._graph_def = graph_def
    self._input_name, self._output_name = input_name, output_name
    self._session = None

  def __call__(self, images):
    """Encodes images.

    Args:
      images: Array [batch_size, channels, height, width].

    Returns:
      codes: float32 array [batch_size, num_codes].

    Raises:
      ValueError: If the images have another shape.
    """
    images = np.asarray(images)
    if images.ndim != 4:
      raise ValueError(
          "images must have the shape [batch_size, channels, height, width], "
          f"but have {images.shape}.")
    if self._session is None:
      self._session = self._open()
    return self._session.run(
        self._output_name, {self._input_name: np.moveaxis(images, 1, 3)})

  def graph_def(self):
    """Returns the `GraphDef`."""
    return tf.compat.v1.GraphDef.FromString(self._graph_def)

  def _open(self):
    with tf.Graph().as_default() as graph:
      tf.compat.v1.import_graph_def(self.graph_def(), name="")
    return tf.compat.v1.Session(graph=graph)
