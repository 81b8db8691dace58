"""Sweeps on a real Ray cluster of two nodes on this machine."""
import importlib.util
import os
import sys
import time
from unittest import mock

import pytest
from support import study_work

from sparse_disent.common import locks
from sparse_disent.study import definition
from sparse_disent.study import performing
from sparse_disent.study import ray_cluster
from sparse_disent.study import tasks

NEEDED = definition.Resources(cpus=1, hours=1, memory_gb=.05)
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None,
    reason="needs Ray: pip install 'sparse_disent[ray]'")


def test_missing_ray_is_named(monkeypatch, tmp_path):
  monkeypatch.setitem(sys.modules, "ray", None)
  with pytest.raises(ImportError, match="pip install 'sparse_disent"):
    list(ray_cluster.run(study_work.make(tmp_path), resources=NEEDED))


@pytest.fixture
def worker(monkeypatch, tmp_path):
  """A worker whose clock only sleep moves; returns the seconds slept."""
  slept = []
  monkeypatch.setattr(performing.time, "sleep", slept.append)
  monkeypatch.setattr(performing.time, "monotonic", lambda: sum(slept))
  monkeypatch.setattr(ray_cluster.local, "limit_threads", lambda number: None)
  monkeypatch.chdir(tmp_path)
  return slept


def test_the_lock_of_a_dead_node_is_waited_for(worker, monkeypatch, tmp_path):
  """It counts for ten minutes; see docs/sweep.md."""
  task, = study_work.make("relative", 1)

  def perform(task, work):
    if sum(worker) < 600:
      raise locks.OutputInUse("process 7 on host b")
    return work, os.getcwd()

  monkeypatch.setattr(performing, "perform", perform)
  folder = tmp_path / "driver"
  assert ray_cluster._perform(task, "work", 1, str(folder)) == (
      "work", str(folder))
  monkeypatch.setattr(performing, "perform", mock.Mock(
      side_effect=locks.OutputInUse("another sweep's")))
  with pytest.raises(locks.OutputInUse, match="another sweep's"):
    ray_cluster._perform(task, "work", 1, str(folder))
  assert sum(worker) < 2 * 700


@pytest.fixture(scope="module")
def cluster():
  from ray import cluster_utils
  # The nodes' processes find `support` there.
  with mock.patch.dict(os.environ, PYTHONPATH=os.path.dirname(
      os.path.dirname(study_work.__file__))):
    yield from _nodes(cluster_utils.Cluster())


def _nodes(made):
  made.add_node(num_cpus=1, include_dashboard=False)
  made.second = made.add_node(num_cpus=1)
  yield made
  import ray
  ray.shutdown()
  made.shutdown()


@needs_ray
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_killed_node_costs_no_task(cluster, tmp_path):
  pending = study_work.make(tmp_path, 6)
  found = {}
  for outcome in ray_cluster.run(
      pending, resources=NEEDED, address=cluster.address,
      work=study_work.works_slowly):
    if outcome is not None:
      task, record = outcome
      found[task.number] = record
      if len(found) == 1:
        cluster.remove_node(cluster.second, allow_graceful=False)
  assert found.keys() == set(range(6))
  for record in found.values():
    assert getattr(record, "state", record) is tasks.State.DONE


DRIVER = """
import sys
from support import study_work
from sparse_disent.study import definition
from sparse_disent.study import ray_cluster
for _ in ray_cluster.run(
    study_work.make(sys.argv[1], 6), address=sys.argv[2],
    resources=definition.Resources(cpus=1, hours=1, memory_gb=.05),
    work=study_work.works_slowly):
  pass
"""


def states(pending):
  return [tasks.read(task).state for task in pending]


@needs_ray
@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")
def test_a_killed_driver_costs_no_task(cluster, tmp_path):
  """Tasks that it had begun end with it; those done are not done again."""
  pending = study_work.make(tmp_path, 6)
  with study_work.start(DRIVER, tmp_path, cluster.address) as driver:
    end = time.monotonic() + 120
    while states(pending).count(tasks.State.DONE) < 2:
      assert driver.poll() is None
      assert time.monotonic() < end
      time.sleep(.1)
    driver.kill()
  done = [task for task in pending
          if tasks.read(task).state is tasks.State.DONE]
  assert 2 <= len(done) < 6
  for _ in ray_cluster.run(
      pending, resources=NEEDED, address=cluster.address,
      work=study_work.works_slowly):
    pass
  assert states(pending) == [tasks.State.DONE] * 6
  assert [study_work.times(task) for task in done] == [1] * len(done)
  for task in pending:
    assert tasks.read(task).attempts <= 2
