"""A Slurm of its own (scripts/services/slurm) of which parts can be made to fail."""
import os
import signal
import subprocess
import sys
import time

SERVICES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "services")
NODES = 4
# A node in a PID namespace of its own: what runs on it ends with it.
APART = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"]


def read(path):
    with open(path) as file:
        return file.read()


def call(*words):
    return subprocess.run(words, capture_output=True, text=True)


class Cluster:
    """Slurm with four nodes of two processors."""

    def __init__(self, folder):
        if call(*APART, "true").returncode != 0:
            print("unshare is refused here, without which no node can lose its power: this needs CAP_SYS_ADMIN, which most "
                  "containers do not give", file=sys.stderr)
            sys.exit(77)
        self.folder = folder
        port = 20000 + os.getpid() % 1000 * 8
        self.process = subprocess.Popen(
            [f"{SERVICES}/supervise", f"{SERVICES}/slurm", folder, str(port), str(NODES)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            sys.exit("Slurm does not start: see scripts/services/slurm")
        self.conf = f"{folder}/slurm.conf"
        os.environ["SLURM_CONF"] = self.conf
        self.restarted = []

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        for process in self.restarted:
            process.kill()
            process.wait()

    def start(self, *words):
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.restarted.append(process)
        return process.pid

    def cut_power(self, *nodes):
        """Takes nodes down with all that runs on them, and lets them come back."""
        path = "{}/run/node.{}.pid".format
        for node in nodes:
            os.kill(int(read(path(self.folder, node))), signal.SIGKILL)
        time.sleep(1)
        for node in nodes:
            pid = self.start(*APART, "slurmd", "-D", "-f", self.conf, "-N", node)
            with open(path(self.folder, node), "w") as file:
                file.write(str(pid))

    def restart_controller(self):
        os.kill(int(read(f"{self.folder}/run/slurmctld.pid")), signal.SIGKILL)
        time.sleep(1)
        self.start("slurmctld", "-D", "-f", self.conf)

    def daemon(self, node):
        """The process of a node's slurmd."""
        outer = int(read(f"{self.folder}/run/node.{node}.pid"))
        return int(read(f"/proc/{outer}/task/{outer}/children").split()[0])

    def node_of(self, pid):
        """The node that a process of a task runs on; None where that is not known."""
        try:
            space = os.readlink(f"/proc/{pid}/ns/pid")
            for node in (f"n{number + 1}" for number in range(NODES)):
                if space == os.readlink(f"/proc/{self.daemon(node)}/ns/pid"):
                    return node
        except (OSError, IndexError):
            pass  # It has ended, or a node has not begun.
        return None

    def repair(self):
        """What an administrator does after a controller died that had not saved its last moments yet: it starts tasks
        twice, and takes the nodes that refuse the second for broken."""
        nodes = ",".join(f"n{number + 1}" for number in range(NODES))
        call("scontrol", "update", f"nodename={nodes}", "state=resume")
        for line in call("squeue", "--noheader", "--array", "--states=PENDING", "--format=%i %r").stdout.splitlines():
            if "held" in line:
                call("scontrol", "release", line.split()[0])

    def running(self):
        """Tasks of shards that run: their names in Slurm, and their nodes."""
        lines = call(
            "squeue", "--noheader", "--array", "--states=RUNNING", "--format=%i %N %j").stdout.splitlines()
        return [line.split()[:2] for line in lines if line.endswith("-shards")]
