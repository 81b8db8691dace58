"""Submissions to the NeurIPS 2019 Disentanglement Challenge.

The contract is that of the challenge's public starter kit. See `contract` for
where things are, and `commands` for what can be done.
"""
