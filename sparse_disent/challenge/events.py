"""What a run tells the challenge's server, or the terminal where there is none.

The starter kit talks through the package `crowdai_api`, later renamed to
`aicrowd_api`; each works where the server has set its variable.
"""
import importlib
import json
import os
import sys

# Variable that says that the server listens, package, class, prefix of names.
_SERVERS = (
    ("AICROWD_IS_GRADING", "aicrowd_api", "AIcrowdEvents", "AICROWD"),
    ("CROWDAI_IS_GRADING", "crowdai_api", "CrowdAIEvents", "CROWDAI"),
)
_NAME = "disentanglement_challenge"


class Events:
  """The four things that a run reports."""

  def __init__(self):
    """Finds the server."""
    self._register, self._prefix = _find_server()

  def started(self):
    """Reports that the run has begun."""
    self._send("INFO", "execution_started")

  def progress(self, fraction):
    """Reports how much is done, in [0, 1]."""
    self._send("INFO", "register_progress", training_progress=fraction)

  def submitted(self):
    """Reports that the output is complete; waits for the server's answer."""
    self._send("SUCCESS", "submit", blocking=True)

  def failed(self, reason):
    """Reports an error, a string; waits for the server's answer."""
    self._send("ERROR", "execution_error", blocking=True, error=reason)

  def _send(self, kind, message, blocking=False, **payload):
    if blocking and self._register is not _print_line:
      print(f"Waiting for the challenge's server to answer '{message}'.",
            file=sys.stderr, flush=True)
    self._register(
        event_type=f"{self._prefix}_EVENT_{kind}", message=message,
        payload={"event_type": f"{_NAME}:{message}", **payload},
        blocking=blocking)


def _find_server():
  """Returns the function that sends events, and the prefix of their types."""
  for variable, module, name, prefix in _SERVERS:
    if os.environ.get(variable):
      try:
        server = importlib.import_module(f"{module}.events")
      except ImportError:
        continue
      # The package tries to connect for ever, in silence.
      print(f"Connecting to the challenge's server, as {variable} is set: "
            f"Redis at {os.environ.get(f'{prefix}_REDIS_HOST', 'localhost')}:"
            f"{os.environ.get(f'{prefix}_REDIS_PORT', '6379')}. The run begins "
            f"once it answers. Unset {variable} to run without a server.",
            file=sys.stderr, flush=True)
      return getattr(server, name)().register_event, prefix
  return _print_line, _SERVERS[0][-1]


def _print_line(event_type, message, payload, blocking):
  """Stands in for a server: prints an event as a line of JSON."""
  del blocking  # Nobody answers.
  print(json.dumps({"event_type": event_type, "message": message,
                    "payload": payload}), flush=True)
