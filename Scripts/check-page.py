#!/usr/bin/env python3
"""Drives the page of `fss serve` in headless Chromium through its whole story, and takes screenshots to look at.

Drop, box, result, correction, another model, concept and exports, reload, keyboard alone, phone and dark. Any error or warning in the console,
any request that leaves the loopback address, any control without a name and any part that is wider than the screen ends it with 1.
It speaks the DevTools protocol over a pipe and needs nothing but Python and Chromium (Scripts/bootstrap.sh --browser).

    Scripts/check-page.py [--fss .build/release/fss] [--out .build/page] [--photos FOLDER] [--serve-option ...]
"""

import argparse
import base64
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Browser:
    """Chromium, spoken to over two pipes."""

    def __init__(self, folder):
        name = next((n for n in ("chromium", "chromium-browser", "google-chrome") if shutil.which(n)), None)
        if name is None:
            sys.exit("check-page: no Chromium on the PATH (Scripts/bootstrap.sh --browser)")
        there, self.send_end = os.pipe()
        self.read_end, back = os.pipe()

        def pipes():
            os.dup2(there, 3)
            os.dup2(back, 4)

        self.process = subprocess.Popen(
            [name, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-default-browser-check",
             f"--user-data-dir={folder}/profile", "about:blank"],
            preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(there)
        os.close(back)
        self.rest, self.number, self.session = b"", 0, None
        self.complaints, self.addresses = [], set()
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self.session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self(f"{domain}.enable")

    def __call__(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self.session
        os.write(self.send_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"check-page: {method}: {answer['error']}")
                return answer["result"]

    def receive(self):
        while b"\0" not in self.rest:
            part = os.read(self.read_end, 1 << 20)
            if not part:
                sys.exit("check-page: Chromium ended")
            self.rest += part
        message, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(message)
        self.notice(message.get("method"), message.get("params", {}))
        return message

    def notice(self, method, params):
        if method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(a.get("value", a.get("description"))) for a in params["args"]))
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.addresses.add(params["request"]["url"])

    def value(self, script):
        result = self("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            sys.exit(f"check-page: {script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, script, what, seconds=60):
        end = time.time() + seconds
        while time.time() < end:
            if self.value(script):
                return
            if self.value("document.getElementById('alert')?.textContent"):
                sys.exit(f"check-page: {what}: the page says {self.value('document.getElementById(`alert`).textContent')}")
            time.sleep(0.05)
        said = self.value("document.getElementById('status')?.textContent")
        sys.exit(f"check-page: {what} did not happen within {seconds} s; the page says {said!r}; the console says {self.complaints}")

    def mouse(self, kind, x, y, **more):
        self("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1, **more)

    def drag(self, points):
        self.mouse("mousePressed", *points[0], buttons=1)
        for point in points[1:]:
            self.mouse("mouseMoved", *point, buttons=1)
        self.mouse("mouseReleased", *points[-1])

    def key(self, name, code=None, text=None, modifiers=0):
        more = {"text": text} if text else {}
        self("Input.dispatchKeyEvent", type="keyDown", key=name, code=code or name, modifiers=modifiers, **more)
        self("Input.dispatchKeyEvent", type="keyUp", key=name, code=code or name, modifiers=modifiers)

    def picture(self, file):
        file.write_bytes(base64.b64decode(self("Page.captureScreenshot", format="png")["data"]))


class Story:
    def __init__(self, browser, address, out, photos):
        self.browser, self.address, self.out, self.photos = browser, address, out, photos
        self.count = 0

    def look(self, name):
        self.count += 1
        time.sleep(0.3)
        self.browser.picture(self.out / f"{self.count:02d}-{name}.png")

    def quiet(self):
        self.browser.wait("document.body.dataset.busy === 'false'", "an end of the work", 120)

    def open(self):
        self.browser("Emulation.setDeviceMetricsOverride", width=1280, height=1000, deviceScaleFactor=1, mobile=False)
        self.browser("Page.navigate", url=self.address)
        self.browser.wait("document.body?.dataset.ready === 'true'", "the page")
        self.quiet()

    def canvas(self):
        """Left, top, width and height of the photo on the screen, from the fitted canvas."""
        return self.browser.value("""(() => {
            const box = document.getElementById("canvas").getBoundingClientRect();
            const [width, height] = document.getElementById("canvas").getAttribute("aria-label").match(/(\\d+) by (\\d+)/).slice(1).map(Number);
            const scale = Math.min(box.width / width, box.height / height);
            return [box.left + (box.width - width * scale) / 2, box.top + (box.height - height * scale) / 2, width * scale, height * scale];
        })()""")

    def place(self, across, down):
        left, top, width, height = self.canvas()
        return left + across * width, top + down * height

    def click(self, name):
        self.browser.value(f"document.getElementById({json.dumps(name)}).click()")

    def status(self):
        return self.browser.value("document.getElementById('status').textContent")

    def notes(self):
        return self.browser.value("[...document.querySelectorAll('#photos .note')].map((note) => note.textContent)")

    def fail(self, text):
        sys.exit(f"check-page: {text}")

    def mark(self):
        """A box on the first photo: drawn by the tour where that has one, else by the mouse."""
        if self.browser.value("!document.getElementById('tour').hidden && !document.getElementById('tour-do').hidden"):
            self.look("tour")
            self.click("tour-do")
        else:
            self.browser.drag([self.place(0.3, 0.3), self.place(0.5, 0.5), self.place(0.7, 0.7)])
        self.browser.wait("document.body.dataset.strokeMilliseconds", "a result after the box")
        self.quiet()
        notes = self.notes()
        if not notes[0].startswith("marked") or any("not searched" in note for note in notes):
            self.fail(f"after a box the photos are {notes}")
        print(f"time to the first result: {self.browser.value('document.body.dataset.strokeMilliseconds')} ms, {self.status()}")
        self.look("result")

    def strokes(self):
        """Twelve strokes one after the other: the time from the end of each to its result."""
        times = []
        self.browser.value("document.querySelector('[data-tool=scribble]').click()")
        for number in range(12):
            self.browser.value("delete document.body.dataset.strokeMilliseconds")
            across = 0.42 + 0.01 * number
            self.browser.drag([self.place(across, 0.45), self.place(across + 0.03, 0.5), self.place(across, 0.55)])
            self.browser.wait("document.body.dataset.strokeMilliseconds", "a result after a stroke")
            times.append(int(self.browser.value("document.body.dataset.strokeMilliseconds")))
            self.quiet()
        times.sort()
        print(f"after a stroke: median {times[len(times) // 2]} ms, worst {times[-1]} ms over {len(times)}")
        for _ in range(12):
            self.browser.key("z", "KeyZ", modifiers=2)
        self.quiet()

    def layers(self):
        self.click("show-prior")
        self.look("prior")
        self.click("show-prior")
        for _ in range(3):
            self.click("zoom-in")
        self.look("zoomed")
        self.click("fit")

    def drop(self, files):
        before = len(self.notes())
        x, y = 640, 500
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.browser("Input.dispatchDragEvent", type=kind, x=x, y=y, data=data)
        self.browser.wait(f"document.querySelectorAll('#photos li').length === {before + len(files)}", "the dropped photos")
        self.quiet()
        self.look("dropped")

    def folder(self, photos, place):
        """A folder with a folder in it and a file that is no photo: the photos of both, in the order of their numbers, and no complaint."""
        (place / "trip/inner").mkdir(parents=True)
        names = [f"trip/day10{photos[0].suffix}", f"trip/day9{photos[0].suffix}", f"trip/inner/x{photos[0].suffix}"]
        for name in names:
            shutil.copy(photos[0], place / name)
        (place / "trip/notes.txt").write_text("no photo")
        before = len(self.notes())
        x, y = 640, 500
        data = {"items": [], "files": [str(place / "trip")], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.browser("Input.dispatchDragEvent", type=kind, x=x, y=y, data=data)
        self.browser.wait(f"document.querySelectorAll('#photos li').length === {before + 3}", "the photos of a dropped folder")
        self.quiet()
        shown = self.browser.value("[...document.querySelectorAll('#photos .name')].map((name) => name.textContent)")[before:]
        if [Path(name).stem for name in shown] != ["day9", "day10", "x"]:
            self.fail(f"the photos of a folder are {shown}")
        alert = self.browser.value("document.getElementById('alert').textContent")
        if alert:
            self.fail(f"a dropped folder gave the alert {alert}")
        print(f"folder dropped: {', '.join(shown)}; {self.browser.value('document.getElementById(`count`).textContent')} searched")

    def correct(self):
        """Another photo's result as a mask, with a stroke of the eraser and one of the brush."""
        self.browser.value("document.querySelectorAll('#photos button')[1].click()")
        self.browser.wait("!document.getElementById('correct').disabled", "a result to correct")
        time.sleep(0.3)
        self.click("correct")
        self.quiet()
        if not self.notes()[1].startswith("marked"):
            self.fail(f"after a correction the photos are {self.notes()}")
        self.browser.value("document.querySelector('[data-tool=erase]').click()")
        self.browser.drag([self.place(0.1, 0.1), self.place(0.3, 0.12)])
        self.browser.value("document.querySelector('[data-tool=brush]').click()")
        self.browser.drag([self.place(0.5, 0.5), self.place(0.52, 0.55)])
        self.quiet()
        self.look("corrected")

    def keyboard(self):
        """Everything once more without a mouse: the third photo, a box, and undo."""
        self.browser.value("document.querySelectorAll('#photos button')[0].focus()")
        self.browser.key("ArrowDown")
        self.browser.key("ArrowDown")
        self.browser.key("Enter", text="\r")
        self.quiet()
        self.browser.value("document.getElementById('canvas').focus()")
        self.browser.key("b", "KeyB", text="b")
        for key in ("ArrowLeft", "ArrowUp"):
            for _ in range(3):
                self.browser.key(key, modifiers=8)
        self.browser.key("Enter", text="\r")
        for key in ("ArrowRight", "ArrowDown"):
            for _ in range(5):
                self.browser.key(key, modifiers=8)
        self.look("keyboard")
        self.browser.key("Enter", text="\r")
        self.browser.wait("document.querySelectorAll('#photos .note')[2].textContent.startsWith('marked')", "a box by the keyboard")
        self.quiet()
        self.browser.key("z", "KeyZ", modifiers=2)
        self.browser.wait("!document.querySelectorAll('#photos .note')[2].textContent.startsWith('marked')", "undo by the keyboard")
        self.quiet()

    def fingers(self):
        """A point with one finger on the third photo and its undo, and two fingers that zoom without a mark."""
        self.browser("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
        note = "document.querySelectorAll('#photos .note')[2].textContent.startsWith('marked')"
        self.browser.value("document.querySelector('[data-tool=point]').click()")
        self.touch([[self.place(0.4, 0.4)], [self.place(0.4, 0.4)]])
        self.browser.wait(note, "a point by a finger")
        self.quiet()
        self.click("undo")
        self.browser.wait(f"!{note}", "undo of a finger's point")
        self.quiet()
        drawn = "document.getElementById('canvas').toDataURL()"
        before = self.browser.value(drawn)
        self.touch([[self.place(0.45, 0.5), self.place(0.55, 0.5)], [self.place(0.25, 0.5), self.place(0.75, 0.5)]])
        self.browser.wait(f"{drawn} !== {json.dumps(before)}", "a larger picture by two fingers")
        if self.browser.value(note):
            self.fail("two fingers that zoom left a mark")
        self.look("fingers")
        self.click("fit")
        self.browser("Emulation.setTouchEmulationEnabled", enabled=False)

    def touch(self, steps):
        """Fingers that go down at the places of the first step, along the others and up."""
        for number, step in enumerate(steps):
            points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(step)]
            self.browser("Input.dispatchTouchEvent", type="touchMove" if number else "touchStart", touchPoints=points)
        self.browser("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def models(self):
        names = self.browser.value("[...document.getElementById('model').options].map((option) => option.value)")
        if len(names) < 2:
            print("one model alone: not switched")
            return
        for name in (names[1], names[0]):
            self.browser.value(
                f"(() => {{ const model = document.getElementById('model'); model.value = {json.dumps(name)};"
                " model.dispatchEvent(new Event('change')); })()")
            time.sleep(0.3)
            self.quiet()
            self.look(f"model-{names.index(name)}")
        print(f"models switched: {names[1]}, {names[0]}")

    def downloads(self, folder):
        self.browser("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        self.browser.value("""(() => { const name = document.getElementById("concept"); name.value = "drawn thing";
            name.dispatchEvent(new Event("change")); })()""")
        time.sleep(0.2)
        self.click("save-concept")
        formats = self.browser.value("[...document.getElementById('format').options].map((option) => option.value)")
        for name in formats:
            self.browser.value(f"document.getElementById('format').value = {json.dumps(name)}")
            self.click("save-results")
            self.received(folder / f"drawn-thing-{name}.zip")
        self.received(folder / "drawn-thing.fss")
        print(f"downloads: concept, {', '.join(formats)}")

    def received(self, file):
        end = time.time() + 30
        while not file.exists() and time.time() < end:
            self.browser.value("1")
            time.sleep(0.05)
        if not file.exists():
            self.fail(f"{file.name} was not downloaded: {self.status()}")
        with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
            if archive.testzip() or not archive.namelist():
                self.fail(f"{file.name} is damaged")

    def reload(self):
        before = self.notes()
        self.browser.value("delete document.body.dataset.ready")
        self.browser("Page.reload")
        self.browser.wait("document.body?.dataset.ready === 'true'", "the page after a reload")
        self.quiet()
        if self.notes() != before:
            self.fail(f"after a reload the photos are {self.notes()}, before {before}")
        self.look("reloaded")

    def concept(self, folder):
        """A new session with the concept that was downloaded."""
        self.click("end")
        time.sleep(0.5)
        self.browser.wait("document.body?.dataset.ready === 'true'", "the page after the session's end")
        self.quiet()
        before = len(self.notes())
        data = {"items": [], "files": [str(folder / "drawn-thing.fss")], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.browser("Input.dispatchDragEvent", type=kind, x=640, y=500, data=data)
        self.browser.wait(f"document.querySelectorAll('#photos li').length > {before}", "the photos of a concept")
        self.quiet()
        if self.browser.value("document.getElementById('concept').value") != "drawn thing":
            self.fail("the concept came without its name")
        self.look("concept")

    def sizes(self):
        for name, width, height, dark in (("phone", 390, 844, False), ("phone-dark", 390, 844, True), ("dark", 1280, 1000, True)):
            self.browser("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
            scheme = "dark" if dark else "light"
            self.browser("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            time.sleep(0.4)
            wide = self.browser.value("document.documentElement.scrollWidth")
            if wide > width:
                self.fail(f"{name}: {wide} pixels wide")
            self.look(name)

    def names(self):
        """Every control has a name that a screen reader can read, and no two have the same id."""
        nodes = self.browser("Accessibility.getFullAXTree")["nodes"]
        controls = {"button", "textbox", "combobox", "checkbox", "slider", "application", "progressbar", "list", "toolbar"}
        nameless = [n["role"]["value"] for n in nodes
                    if not n.get("ignored") and n.get("role", {}).get("value") in controls and not n.get("name", {}).get("value")]
        if nameless:
            self.fail(f"controls without a name: {nameless}")
        if self.browser.value("new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size !== document.querySelectorAll('[id]').length"):
            self.fail("an id comes twice")

    def tell(self):
        own = self.address.split("?")[0].rstrip("/")
        others = [a for a in self.browser.addresses if not a.startswith((own, "blob:" + own, "data:", "about:"))]
        if others:
            self.fail(f"requests to elsewhere: {others}")
        if self.browser.complaints:
            self.fail("the console says:\n  " + "\n  ".join(self.browser.complaints[:10]))


def pictures(folder):
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))


def drawn(fss, folder):
    """Two photos that the library draws."""
    command = [fss, "data", "build", "shapes5i", "--quiet", "--images-per-class", "3", "--out", folder / "shapes"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return sorted((folder / "shapes/JPEGImages").glob("shapes_f0_val_c01_*"))[1:3]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--fss", default=str(ROOT / ".build/release/fss"))
    options.add_argument("--out", default=str(ROOT / ".build/page"))
    options.add_argument("--photos", help="a folder of photos to drop in place of drawn ones")
    options.add_argument("--serve-option", action="append", default=[], help="an option of fss serve; may be repeated")
    given = options.parse_args()
    out = Path(given.out)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        folder = Path(folder)
        server = subprocess.Popen([given.fss, "serve", "--json", "--quiet", *given.serve_option], stdout=subprocess.PIPE, text=True)
        try:
            text = ""
            while not text.endswith("}\n"):
                line = server.stdout.readline()
                if not line:
                    sys.exit("check-page: fss serve did not start")
                text += line
            report = json.loads(text)
            address = report["address"] + (f"?token={report['token']}" if report.get("token") else "")
            photos = pictures(Path(given.photos)) if given.photos else drawn(given.fss, folder)
            story = Story(Browser(folder), address, out, photos)
            story.open()
            if not story.notes():
                story.look("empty")
                story.click("drawn")
                story.browser.wait("document.querySelectorAll('#photos li').length === 3", "the drawn photos")
                story.quiet()
                story.click("tour-open")
            story.mark()
            story.strokes()
            story.layers()
            story.drop(photos)
            story.folder(photos, folder)
            story.correct()
            story.keyboard()
            story.fingers()
            story.models()
            (folder / "downloads").mkdir()
            story.downloads(folder / "downloads")
            story.reload()
            story.names()
            story.concept(folder / "downloads")
            story.sizes()
            story.tell()
            print(f"screenshots: {out}")
            story.browser.process.terminate()
            story.browser.process.wait()
        finally:
            server.terminate()
            code = server.wait()
        if code != 0:
            sys.exit(f"check-page: fss serve ended with {code}")


main()
