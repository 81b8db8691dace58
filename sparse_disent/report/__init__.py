"""Tables and pictures from result files; needs no TensorFlow."""
