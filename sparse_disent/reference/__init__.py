"""Every gin configurable with its parameters; needs no TensorFlow."""
