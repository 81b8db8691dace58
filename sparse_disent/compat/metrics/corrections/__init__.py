"""Corrections to upstream's metrics for pruned representations.

A pruned latent is a constant. Each correction changes only what upstream cannot
compute, or computes wrongly. A correct value of upstream's is kept bit for bit.
A single latent is compared with constants, as if the other latents were pruned
and not removed. For a score that still has no value the reason is noted;
`compat.metrics.undefined` reports it.
"""
