"""Published scores, and own runs beside them; no TensorFlow."""
