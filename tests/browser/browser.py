"""A headless Chromium, driven over the WebDriver protocol (https://www.w3.org/TR/webdriver2/), with nothing but the standard
library. Debian's packages chromium and chromium-driver have both programs."""
import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import own_settings

PATIENCE_S = 600  # only ends a hang
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Home": "\ue011", "Right": "\ue014"}


class Browser:
    def __init__(self, width=1280, height=900):
        programs = [shutil.which(each) for each in ("chromium", "chromedriver")]
        if None in programs:
            sys.exit("this test needs the packages chromium and chromium-driver; script/bootstrap --test installs them")
        self.home = tempfile.TemporaryDirectory(prefix="browser ", ignore_cleanup_errors=True)
        self.driver = subprocess.Popen([programs[1], "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=own_settings.environment(self.home.name))
        self.session = None
        for line in self.driver.stdout:
            if started := re.search(r"started successfully on port (\d+)", line):
                self.root = f"http://127.0.0.1:{started[1]}"
                break
        else:
            sys.exit("chromedriver does not start")
        arguments = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", f"--window-size={width},{height}", f"--user-data-dir={self.home.name}/profile", "--hide-scrollbars"]
        arguments.append("--no-sandbox")  # Chromium has none for root, nor in containers without user namespaces
        options = {"binary": programs[0], "args": arguments}
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = made["sessionId"]
        self.of_session("POST", "timeouts", {"script": PATIENCE_S * 1000, "pageLoad": PATIENCE_S * 1000})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.session:
            self.call("DELETE", f"/session/{self.session}")
        self.driver.terminate()
        self.driver.wait()
        self.home.cleanup()

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data, {"Content-Type": "application/json"}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE_S) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.read().decode()[:2000]}") from None

    def of_session(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}/{path}", body)

    def open(self, file):
        self.of_session("POST", "url", {"url": file.as_uri()})

    def run(self, script, *arguments):
        """The value that the script returns. It runs outside of the page's policy."""
        return self.of_session("POST", "execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script, *arguments):
        """Looks at every frame until the script returns something true, which is the result."""
        return self.of_session("POST", "execute/async", {"script": f"""
            const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1);
            const look = () => {{ const value = (function () {{ {script} }})(...given); if (value) done(value); else requestAnimationFrame(look); }};
            look();""", "args": list(arguments)})

    def find(self, selector):
        return self.of_session("POST", "element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.of_session("POST", f"element/{self.find(selector)}/click", {})

    def press(self, *keys):
        """Keys go to what has the focus."""
        steps = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self.of_session("POST", "actions", {"actions": [{"type": "key", "id": "keys", "actions": steps}]})

    def point(self, selector, x, y, *then):
        """Moves the pointer to a place in an element, from its upper left corner, then presses and moves as `then` says."""
        box = self.run("const box = document.querySelector(arguments[0]).getBoundingClientRect(); return [box.left, box.top];", selector)
        steps = [{"type": "pointerMove", "duration": 0, "x": round(box[0] + x), "y": round(box[1] + y)}]
        for action in then:
            steps.append({"type": action} if isinstance(action, str) else {"type": "pointerMove", "duration": 0, "x": round(box[0] + action[0]), "y": round(box[1] + action[1])})
        for step in steps:
            if step["type"] in ("pointerDown", "pointerUp"):
                step["button"] = 0
        self.of_session("POST", "actions", {"actions": [{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}]})

    def console(self):
        """What the browser had to complain about since the last call."""
        return [entry["message"] for entry in self.of_session("POST", "se/log", {"type": "browser"}) if entry["level"] != "DEBUG"]

    def picture(self, file, whole=False):
        if whole:
            height = self.run("return document.documentElement.scrollHeight;")
            width = self.run("return innerWidth;")
            self.of_session("POST", "goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}})
        file.write_bytes(base64.b64decode(self.of_session("GET", "screenshot")))
        if whole:
            self.of_session("POST", "goog/cdp/execute", {"cmd": "Emulation.clearDeviceMetricsOverride", "params": {}})

    def paper(self):
        """The page as a PDF."""
        return base64.b64decode(self.of_session("POST", "print", {"background": True}))
