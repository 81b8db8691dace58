"""Corrections to upstream's metrics for pruned representations.

A pruned latent is a constant. Each correction changes what upstream cannot
compute, or computes wrongly, and nothing else: where upstream has a value, this
is it, bit for bit. A single latent is compared with constants, as if the others
were pruned and not removed. What then has no value gets a note of the reason;
`undefined` says how it is reported.
"""
