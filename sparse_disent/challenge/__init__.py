"""Submissions to the NeurIPS 2019 Disentanglement Challenge.

The rules are those of the challenge's public starter kit. `contract` has its
names and paths, and `commands` has the commands for users.
"""
