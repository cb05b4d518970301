"""One engine in a process of its own, asked over pipes."""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Unavailable(Exception):
    """The engine is not on this machine."""


class WorkerFailed(Exception):
    """The engine stopped."""


class Worker:
    def __init__(self, engine, row, swift, threads, folder):
        self.title = f"{engine} of {row.title}"
        own = engine in ("ours", "primitive")
        program = [str(swift)] if own else [sys.executable, str(HERE / "worker.py")]
        workload = row.workload if own else row.twin_workload
        self.process = subprocess.Popen(
            program + [engine, workload, row.precision, str(row.batch), str(folder)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1, env=environment(threads))
        self.expect("ready")

    @staticmethod
    def prepare(row, threads, folder):
        """Writes weights and inputs."""
        arguments = ["prepare", row.twin_workload, row.precision, str(row.batch), str(folder)]
        command = [sys.executable, str(HERE / "worker.py")] + arguments
        if subprocess.run(command, stdout=subprocess.DEVNULL, env=environment(threads)).returncode:
            raise WorkerFailed(f"the inputs of {row.title} could not be made; the message is above")

    def expect(self, word):
        """The words after `word` of the next answer."""
        line = self.process.stdout.readline()
        answer, _, rest = line.strip().partition(" ")
        if answer == "unavailable":
            self.close()
            raise Unavailable(rest)
        if answer != word:
            self.close()
            said = rest if answer == "failed" else f"it ended with status {self.process.returncode} instead of saying '{word}'"
            raise WorkerFailed(f"{self.title}: {said}")
        return rest.split()

    def ask(self, request, word):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self.expect(word)

    def run(self, seconds, least):
        """Milliseconds of every repetition of one turn."""
        return [float(value) for value in self.ask(f"run {seconds} {least}", "times")]

    def peak(self):
        """Megabytes, None where the system does not tell."""
        value = self.ask("peak", "peak")[0]
        return None if value == "unknown" else float(value)

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()


def environment(threads):
    count = str(threads)
    return os.environ | {"OMP_NUM_THREADS": count, "MKL_NUM_THREADS": count}
