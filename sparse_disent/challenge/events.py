"""Reports the progress of a run to the challenge's server, or to the terminal.

The starter kit uses the package `crowdai_api`, later renamed to `aicrowd_api`.
Each is used if the server has set its environment variable.
"""
import importlib
import json
import os
import sys

# Variable that the server sets, package, class, and prefix of names.
_SERVERS = (
    ("AICROWD_IS_GRADING", "aicrowd_api", "AIcrowdEvents", "AICROWD"),
    ("CROWDAI_IS_GRADING", "crowdai_api", "CrowdAIEvents", "CROWDAI"),
)
_NAME = "disentanglement_challenge"


class Events:
  """Sends the four reports of a run."""

  def __init__(self) -> None:
    """Finds the server."""
    self._register, self._prefix = _find_server()

  def started(self) -> None:
    """Reports that the run has begun."""
    self._send("INFO", "execution_started")

  def progress(self, fraction: float) -> None:
    """Reports the fraction that is done, in [0, 1]."""
    self._send("INFO", "register_progress", training_progress=fraction)

  def submitted(self) -> None:
    """Reports that the output is complete; waits for the server's answer."""
    self._send("SUCCESS", "submit", blocking=True)

  def failed(self, reason: str) -> None:
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
      # The package tries to connect forever, without any message.
      print(f"Connecting to the challenge's server, as {variable} is set: "
            f"Redis at {os.environ.get(f'{prefix}_REDIS_HOST', 'localhost')}:"
            f"{os.environ.get(f'{prefix}_REDIS_PORT', '6379')}. The run begins "
            f"once it answers. Unset {variable} to run without a server.",
            file=sys.stderr, flush=True)
      return getattr(server, name)().register_event, prefix
  return _print_line, _SERVERS[0][-1]


def _print_line(event_type, message, payload, blocking):
  """Prints an event as a line of JSON, where there is no server."""
  del blocking  # There is no answer to wait for.
  print(json.dumps({"event_type": event_type, "message": message,
                    "payload": payload}), flush=True)
