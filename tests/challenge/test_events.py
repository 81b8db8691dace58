"""What reaches the server; the expected values are the starter kit's."""
import json
import sys
import types

import pytest

from sparse_disent.challenge import events

INFO = ("execution_started", "INFO", {}, False)
EVENTS = [
    (lambda server: server.started(), *INFO),
    (lambda server: server.progress(0.9), "register_progress", "INFO",
     {"training_progress": 0.9}, False),
    (lambda server: server.submitted(), "submit", "SUCCESS", {}, True),
    (lambda server: server.failed("no data"), "execution_error", "ERROR",
     {"error": "no data"}, True)]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch):
  for variable in ("AICROWD_IS_GRADING", "CROWDAI_IS_GRADING"):
    monkeypatch.delenv(variable, raising=False)
  for name in ("aicrowd_api", "crowdai_api"):
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, f"{name}.events", raising=False)


def install(monkeypatch, name, class_name):
  """Puts a server's package in place; returns the list of its events."""
  calls = []

  class Server:

    def register_event(self, event_type, message="", payload=None,
                       blocking=False):
      calls.append((event_type, message, payload, blocking))

  package = types.ModuleType(name)
  package.events = types.ModuleType(f"{name}.events")
  setattr(package.events, class_name, Server)
  monkeypatch.setitem(sys.modules, name, package)
  monkeypatch.setitem(sys.modules, f"{name}.events", package.events)
  return calls


@pytest.mark.parametrize("name, class_name, prefix", [
    ("aicrowd_api", "AIcrowdEvents", "AICROWD"),
    ("crowdai_api", "CrowdAIEvents", "CROWDAI")])
@pytest.mark.parametrize("send, message, kind, payload, blocking", EVENTS)
def test_server(monkeypatch, capsys, name, class_name, prefix, send, message,
                kind, payload, blocking):
  calls = install(monkeypatch, name, class_name)
  monkeypatch.setenv(f"{prefix}_IS_GRADING", "true")
  send(events.Events())
  assert calls == [(
      f"{prefix}_EVENT_{kind}", message,
      {"event_type": f"disentanglement_challenge:{message}", **payload},
      blocking)]
  printed = capsys.readouterr()
  assert printed.out == ""
  connecting, *waiting = printed.err.splitlines()
  assert connecting == (
      f"Connecting to the challenge's server, as {prefix}_IS_GRADING is set: "
      "Redis at localhost:6379. The run begins once it answers. Unset "
      f"{prefix}_IS_GRADING to run without a server.")
  assert waiting == (
      [f"Waiting for the challenge's server to answer '{message}'."]
      if blocking else [])


def test_the_line_is_there_before_a_server_that_never_answers(
    monkeypatch, capsys):
  """The package connects when it is made, or at the first event."""

  class Hangs:

    def __init__(self):
      printed.append(capsys.readouterr().err)

    register_event = None

  printed = []
  install(monkeypatch, "aicrowd_api", "AIcrowdEvents")
  monkeypatch.setattr(
      sys.modules["aicrowd_api.events"], "AIcrowdEvents", Hangs)
  for name, value in (("IS_GRADING", "true"), ("REDIS_HOST", "redis.example"),
                      ("REDIS_PORT", "6380")):
    monkeypatch.setenv(f"AICROWD_{name}", value)
  events.Events()
  assert "Redis at redis.example:6380." in printed[0]


@pytest.mark.parametrize("is_grading", [False, True])
@pytest.mark.parametrize("send, message, kind, payload, blocking", EVENTS)
def test_without_the_package_events_are_lines_of_json(
    monkeypatch, capsys, is_grading, send, message, kind, payload, blocking):
  if is_grading:
    monkeypatch.setenv("AICROWD_IS_GRADING", "true")
  send(events.Events())
  line, = capsys.readouterr().out.splitlines()
  assert json.loads(line) == {
      "event_type": f"AICROWD_EVENT_{kind}", "message": message,
      "payload": {"event_type": f"disentanglement_challenge:{message}",
                  **payload}}


def test_the_package_alone_is_no_server(monkeypatch, capsys):
  calls = install(monkeypatch, "aicrowd_api", "AIcrowdEvents")
  events.Events().started()
  assert not calls
  assert "execution_started" in capsys.readouterr().out
