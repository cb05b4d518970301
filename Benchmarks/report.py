"""Turns to entries, entries to a table."""
import importlib.metadata
import os
import pathlib
import platform
import statistics
import subprocess


def quartiles(values):
    low, _, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else (values[0],) * 3
    return [low, high]


def entry(row, turns, peaks, megabytes, found, reasons):
    """One object of latest.json. A turn counts with the median of its repetitions; ratios are of turns of one round."""
    medians = {engine: [statistics.median(times) for times in rounds] for engine, rounds in turns.items()}
    times = {engine: statistics.median(values) for engine, values in medians.items()}
    out = {"name": row.name, "precision": row.precision, "batch": row.batch, "ours_ms": times["ours"]}
    for engine in ("eager", "compiled"):
        out[f"{engine}_ms"] = times.get(engine)
    ratios = {engine: [a / b for a, b in zip(medians["ours"], medians[engine])] for engine in medians if engine != "ours"}
    for engine in ("eager", "compiled"):
        out[f"ratio_{engine}"] = statistics.median(ratios[engine]) if engine in ratios else None
    out["ours_peak_mb"], out["eager_peak_mb"] = peaks["ours"], peaks.get("eager")
    out["compiled_peak_mb"] = peaks.get("compiled")
    if row.peak_bar is not None:
        out["inputs_mb"], out["bar_peak"] = megabytes, row.peak_bar
    if row.eager_peak_bar is not None:
        out["bar_peak_eager"] = row.eager_peak_bar
    for engine in ("primitive", "openvino"):
        out[f"{engine}_ms"] = times.get(engine)
        out[f"ratio_{engine}"] = statistics.median(ratios[engine]) if engine in ratios else None
    out["ratio_quartiles"] = {engine: quartiles(values) for engine, values in ratios.items()}
    out["bar_eager"], out["aim_compiled"], out["bar_primitive"] = row.bar, row.aim, row.primitive_bar
    out["rounds"] = len(medians["ours"])
    out["relative_difference"] = found
    out["tolerance"] = row.tolerance
    if reasons:
        out["left_out"] = reasons
    return rounded(out)


def rounded(value):
    """Five significant digits."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


def number(value, digits=3):
    return "" if value is None else f"{value:.{digits}g}" if value < 100 else f"{value:.0f}"


def ratio(e, engine, bar):
    """The ratio, its quartiles, and whether it keeps the bar."""
    value = e[f"ratio_{engine}"]
    if value is None:
        return ""
    low, high = e["ratio_quartiles"][engine]
    verdict = "" if bar is None else (" **ok**" if value <= bar else " **over**") + f" ({bar:g})"
    return f"{value:.2f} [{low:.2f}, {high:.2f}]{verdict}"


def line(e):
    parts = [f"ours {number(e['ours_ms'])} ms"]
    bars = {"eager": e["bar_eager"], "compiled": e["aim_compiled"], "primitive": e["bar_primitive"], "openvino": None}
    for engine, bar in bars.items():
        if e[f"ratio_{engine}"] is not None:
            parts.append(f"/{engine} {number(e[f'{engine}_ms'])} ms = {ratio(e, engine, bar).replace('**', '')}")
    if e.get("bar_peak") is not None or e.get("bar_peak_eager") is not None:
        parts.append(f"peak {peak(e).replace('**', '')} MB")
    return "  ".join(parts)


COLUMNS = [
    ("work", lambda e: e["name"]), ("precision", lambda e: e["precision"]), ("batch", lambda e: str(e["batch"])),
    ("ours ms", lambda e: number(e["ours_ms"])), ("eager ms", lambda e: number(e["eager_ms"])),
    ("compiled ms", lambda e: number(e["compiled_ms"])),
    ("ours / eager (bar)", lambda e: ratio(e, "eager", e["bar_eager"])),
    ("ours / compiled (aim)", lambda e: ratio(e, "compiled", e["aim_compiled"])),
    ("ours / other (bar)", lambda e: other(e)),
    ("peak MB: ours", lambda e: peak(e)), ("eager", lambda e: number(e["eager_peak_mb"])),
    ("compiled", lambda e: number(e["compiled_peak_mb"])),
]


def peak(e):
    """Our peak; where there is a bar for it, its share of the file of the inputs or of eager's peak, too."""
    text = number(e["ours_peak_mb"])
    for bar, whole, name in (("bar_peak", "inputs_mb", "the file"), ("bar_peak_eager", "eager_peak_mb", "eager's")):
        if e.get(bar) is None or e["ours_peak_mb"] is None or e[whole] is None:
            continue
        share = e["ours_peak_mb"] / e[whole]
        text += f", {share:.2f} of {name} " + ("**ok**" if share <= e[bar] else "**over**") + f" ({e[bar]:g})"
    return text


def other(e):
    if e["ratio_primitive"] is not None:
        return f"primitive {number(e['primitive_ms'])} ms: " + ratio(e, "primitive", e["bar_primitive"])
    if e["ratio_openvino"] is not None:
        return f"OpenVINO {number(e['openvino_ms'])} ms: " + ratio(e, "openvino", None)
    return ""


def table(entries):
    cells = [[title for title, _ in COLUMNS]] + [[cell(e) for _, cell in COLUMNS] for e in entries]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(COLUMNS)] + lines[1:])


def markdown(entries, options, here):
    facts = "\n".join(f"- {fact}" for fact in machine(options, here))
    return f"""# Measured

{table(entries)}

Times are medians of turns, ratios medians of the ratios of turns of one round, with their quartiles; below 1 the library is
faster (or smaller). A turn is the median of its repetitions. Peak is the largest resident size of a process that does
this row alone, from its start. Every row was timed after the results of both sides were found equal.

{facts}
"""


def machine(options, here):
    yield f"CPU: {processor()}, {os.cpu_count()} logical cores; {platform.system()} {platform.release()}"
    yield f"Threads: {options.threads} on every side; OMP_WAIT_POLICY {os.environ.get('OMP_WAIT_POLICY', 'not set')}"
    yield f"Load average at the end: {', '.join(f'{load:.1f}' for load in os.getloadavg())}"
    yield f"Rounds: at most {options.rounds}, turns of {options.turn:g} s"
    versions = [f"{name} {version(name)}" for name in ("torch", "diffusers", "openvino", "numpy", "safetensors")]
    yield f"Python {platform.python_version()}; " + ", ".join(versions)
    yield f"Swift: {first_line(['swift', '--version'])}; oneDNN {dnnl()}"
    yield f"C++ compiler of torch.compile: {first_line([os.environ.get('CXX', 'g++'), '--version'])}"
    yield f"Library: {first_line(['git', '-C', str(here), 'describe', '--always', '--dirty'])}"


def processor():
    path = pathlib.Path("/proc/cpuinfo")
    if path.exists():
        for text in path.read_text().splitlines():
            if text.startswith("model name"):
                return text.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def dnnl():
    found = first_line(["dpkg-query", "-W", "-f=${Version}", "libdnnl-dev"])
    return found if found != "absent" else "of this system"


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return "absent"
    text = (done.stdout or done.stderr).strip()
    return text.splitlines()[0] if done.returncode == 0 and text else "absent"


def write(path, text):
    """Whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text)
    os.replace(temporary, path)
