"""Hosts with names, addresses and mounts of their own on one machine, joined by the line of link.c, and mpirun over them.

Each host is a set of namespaces (network, names, mounts) that a sleeping process holds. Needs root, /dev/net/tun and a C compiler; what is
missing is said by `lacking()`.
"""
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MPIRUN = ["mpirun", "--allow-run-as-root", "--bind-to", "none"]


def lacking():
    """What the machine lacks for hosts of its own, None where nothing."""
    if os.geteuid() != 0:
        return "root"
    if not os.path.exists("/dev/net/tun"):
        return "/dev/net/tun"
    for tool in ("cc", "ip", "unshare", "nsenter", "mpirun"):
        if shutil.which(tool) is None:
            return tool
    probe = subprocess.run(["unshare", "--net", "--uts", "--mount", "true"], capture_output=True)
    return None if probe.returncode == 0 else "namespaces (unshare --net --uts --mount)"


def with_parent():
    """Runs in a child before it starts: it ends with this process."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Line:
    """A network line: bits a second (0: no limit), seconds one way, share of frames lost, bytes of the longest frame."""

    def __init__(self, rate=0, delay=0, loss=0, seed=1, frame=1500):
        self.rate, self.delay, self.loss, self.seed, self.frame = rate, delay, loss, seed, frame


class Hosts:
    def __init__(self, count=2, line=Line()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fss-hosts-"))
        self.names = [f"fss-{chr(ord('a') + place)}" for place in range(count)]
        self.addresses = [f"10.213.7.{place + 1}" for place in range(count)]
        self.line, self.holders, self.link = line, [], None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        table = self.folder / "hosts"
        lines = ["127.0.0.1 localhost"] + [f"{address} {name}" for name, address in zip(self.names, self.addresses)]
        table.write_text("\n".join(lines) + "\n")
        # The way of TCP that Linux has by default, whatever this machine uses.
        cubic = "{ echo cubic > /proc/sys/net/ipv4/tcp_congestion_control || true; } 2> /dev/null"
        for name in self.names:
            script = f"hostname {name} && ip link set lo up && {cubic} && mount --bind {table} /etc/hosts && echo ready && exec sleep 100000"
            words = ["unshare", "--net", "--uts", "--mount", "--propagation", "private", "sh", "-c", script]
            holder = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, preexec_fn=with_parent)
            self.holders.append(holder)
            if holder.stdout.readline() != "ready\n":
                raise SystemExit(f"host {name} could not be made")
        program, line = self.folder / "link", self.line
        subprocess.run(["cc", "-O2", "-o", program, HERE / "link.c"], check=True)
        words = [program] + [str(value) for value in (line.rate, line.delay, line.loss, line.seed)]
        words += [f"/proc/{holder.pid}/ns/net" for holder in self.holders]
        self.link = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, preexec_fn=with_parent)
        if self.link.stdout.readline() != "ready\n":
            raise SystemExit("the line between hosts could not be made")
        for place, address in enumerate(self.addresses):
            self.run(place, ["sh", "-c", f"ip addr add {address}/24 dev link0 && ip link set link0 mtu {line.frame} up"], check=True)
        # The shell of another machine, as mpirun takes it: a host, then a command line.
        cases = "\n".join(
            f"{name}|{address}) exec {' '.join(self.words(place))} sh -c \"$*\" ;;"
            for place, (name, address) in enumerate(zip(self.names, self.addresses)))
        self.shell = self.folder / "shell"
        self.shell.write_text(f"#!/bin/sh\nhost=$1\nshift\ncase $host in\n{cases}\nesac\nexit 1\n")
        self.shell.chmod(0o755)

    def words(self, place):
        """What makes a command run on a host."""
        return ["nsenter", "-t", str(self.holders[place].pid), "-n", "-u", "-m", f"--wd={os.getcwd()}", "--"]

    def run(self, place, words, **options):
        return subprocess.run(self.words(place) + words, **options)

    def mpirun(self, words, ranks=None, environment=(), own=None):
        """The words that run a command on all hosts, one rank each; `own` are words before the command by rank."""
        ranks = ranks or len(self.names)
        named = ",".join(f"{name}:1" for name in self.names[:ranks])
        start = self.words(0) + MPIRUN + ["--mca", "plm_rsh_agent", str(self.shell), "--mca", "orte_keep_fqdn_hostnames", "1"]
        # One wire and no shared memory: hosts that were the same machine would be found by their loopback devices.
        for part in ("btl_tcp_if_include", "oob_tcp_if_include"):
            start += ["--mca", part, "link0"]
        start += ["--mca", "btl", "self,tcp", "--mca", "pml", "ob1", "--mca", "orte_tmpdir_base", str(self.folder)]
        settings = []
        for name in environment:
            settings += ["-x", name]
        if not own:
            return start + ["--host", named, "-n", str(ranks), "--map-by", "node"] + settings + words
        for rank in range(ranks):
            start += [] if rank == 0 else [":"]
            start += ["--host", f"{self.names[rank]}:1", "-n", "1"] + settings + own.get(rank, []) + words
        return start

    def processes(self, place, name=None):
        """The processes on a host, but for the one that holds it."""
        space, found = os.readlink(f"/proc/{self.holders[place].pid}/ns/uts"), []
        for entry in os.listdir("/proc"):
            try:
                if not entry.isdigit() or int(entry) == self.holders[place].pid or os.readlink(f"/proc/{entry}/ns/uts") != space:
                    continue
                if name is None or pathlib.Path(f"/proc/{entry}/comm").read_text().strip() == name:
                    if pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                        found.append(int(entry))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        return sorted(found)

    def cut(self):
        self.link.send_signal(signal.SIGUSR1)

    def join(self):
        self.link.send_signal(signal.SIGUSR2)

    def clear(self):
        """Ends whatever still runs on the hosts."""
        for place in range(len(self.holders)):
            for process in self.processes(place):
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def close(self):
        try:
            self.clear()
        finally:
            for process in [self.link, *self.holders]:
                if process:
                    process.terminate()
                    process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)

    def probe(self):
        """Measured: seconds of a small message one way, and bits a second of a long stream, over TCP between the first two hosts."""
        code = (HERE / "probe.py", self.addresses[1])
        server = subprocess.Popen(self.words(1) + ["python3", str(code[0]), "serve"], stdout=subprocess.PIPE, text=True)
        try:
            server.stdout.readline()
            found = self.run(0, ["python3", str(code[0]), "ask", code[1]], capture_output=True, text=True, check=True).stdout
        finally:
            server.kill()
            server.wait()
        return tuple(float(value) for value in found.split())
