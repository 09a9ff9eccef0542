"""Sweeps on a cluster that breaks: every training is done or named as failed, none twice, a second start goes on.

Takes ten minutes: `make test-faults`.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cluster
import pytest
from cluster import Cluster
from conftest import BIN, clone_for_bundled_digits, commit_all, git, run
from test_sweep import local_remote, set_params

pytestmark = pytest.mark.faults
SEEDS = [0, 1, 2, 3]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = clone_for_bundled_digits(tmp_path_factory.mktemp("sweep faults") / "prepared")
    set_params(folder, seeds=SEEDS)
    run(["dvc", "repro", "preprocess"], folder)
    commit_all(folder, "data")
    return folder


@pytest.fixture
def project(prepared: Path, tmp_path: Path) -> Path:
    """A checkout of its own: no experiment of another test is in it."""
    folder = Path(run(["cp", "-a", prepared, tmp_path / "project"], tmp_path) and tmp_path / "project")
    local_remote(folder, tmp_path / "storage")
    return folder


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Cluster]:
    with cluster.ray_nodes(tmp_path) as found:
        yield found


def start(project: Path, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [str(BIN / "python"), "-m", "apps.sweep"],
        cwd=project,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(what: Callable[[], bool]) -> None:
    for _ in range(240):
        if what():
            return
        time.sleep(0.5)
    raise TimeoutError


def trains(name: str = "stages.train") -> bool:
    """Whether a training of these clusters runs."""
    return bool(cluster.of_clusters(name))


def experiments(project: Path) -> list[str]:
    return git(project, "for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps").split()


def assert_all_done(project: Path, output: str) -> None:
    assert "4 of 4 done, 0 running, 0 failed" in output
    names = experiments(project)
    assert sorted(name.rsplit("-", 1)[0] for name in names) == [f"sweep-mlp-{seed}" for seed in SEEDS]


def test_a_killed_worker_is_replaced(project: Path, nodes: Cluster):
    nodes.join()
    sweep = start(project, **nodes.environment)
    wait_for(trains)
    workers = cluster.of_clusters("ray::")
    assert workers
    for worker in workers:
        worker.kill()
    output, _ = sweep.communicate()
    assert_all_done(project, output)


def test_a_lost_node_is_done_without(project: Path, nodes: Cluster):
    other = nodes.join()
    sweep = start(project, **nodes.environment)
    wait_for(lambda: len(cluster.of_clusters("stages.train")) == 2)
    cluster.kill(other)
    output, _ = sweep.communicate()
    assert_all_done(project, output)


def test_a_killed_sweep_goes_on_where_it_was(project: Path, nodes: Cluster):
    nodes.join()
    sweep = start(project, **nodes.environment)
    wait_for(lambda: len(experiments(project)) >= 1)
    os.killpg(sweep.pid, signal.SIGKILL)
    sweep.communicate()
    done = experiments(project)
    assert len(done) < len(SEEDS)
    output, _ = start(project, **nodes.environment).communicate()
    assert output.startswith(f"sweep: {len(done)} of 4 done")
    assert_all_done(project, output)
    assert len(re.findall("on validation,", output)) == len(SEEDS) - len(done)


@pytest.mark.skipif(cluster.SSHD is None, reason="needs an OpenSSH server")
def test_a_remote_that_is_away_for_a_minute_is_waited_for(project: Path, nodes: Cluster, tmp_path: Path):
    nodes.join()
    with cluster.ssh_server(tmp_path / "far", nodes.address.split(":")[0]) as server:
        local_remote(project, server.url)
        run(["dvc", "remote", "modify", "--local", "storage", "keyfile", server.key], project)
        sweep = start(project, **nodes.environment)
        wait_for(trains)
        server.stop()
        time.sleep(60)
        server.start()
        output, _ = sweep.communicate()
    assert_all_done(project, output)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk")
def test_a_full_disk_is_named_and_the_others_go_on(project: Path, nodes: Cluster, tmp_path: Path):
    disk = tmp_path / "other/disk"
    disk.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], check=True)
    try:
        nodes.join(TMPDIR=str(disk))
        sweep = start(project, **nodes.environment)
        _, complaint = sweep.communicate()
    finally:
        subprocess.run(["umount", "--lazy", disk])
    failed = re.findall(r"^sweep: (sweep-mlp-\d)-\w+ failed: (.*)$", complaint, re.M)
    assert sweep.returncode == 1
    assert 1 <= len(failed) < len(SEEDS)
    assert all("No space left" in reason or "full" in reason for _, reason in failed), failed
    assert len(experiments(project)) == len(SEEDS) - len(failed)
    cluster.stop()
    again = run(["python", "-m", "apps.sweep"], project)
    assert_all_done(project, again.stdout)
