"""The page of `wirenotes report` in a browser.

Makes pages of samples and of a capture whose names are HTML, parses them strictly,
and opens each in headless Chromium: its console stays empty, no request leaves it,
the button changes the language, the table sorts, nothing is wider than the screen.
Screenshots at 1280 and at 390 go to the folder that is named second, if one is.

    /usr/bin/python3 tests/browser/run.py target/release/wirenotes [SCREENSHOTS]
"""

import base64
import json
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

import html5lib

SAMPLES = ["loss.pcap", "zero-window.pcap", "close-wait.pcap", "http.pcap", "dns-http.pcap"]
EVIL = "<script>document.title='broken out'</script>"


def frame(protocol, source, destination, segment):
    """Ethernet and IPv4 around a segment, sums left out."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 7, 0, 64, protocol, 0)
    addresses = bytes([10, 0, 0, source, 10, 0, 0, destination])
    return bytes(12) + b"\x08\x00" + head + addresses + segment


def tcp(from_client, sequence, acknowledgment, flags, payload=b""):
    ports = (40000, 80) if from_client else (80, 40000)
    segment = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledgment, 0x50, flags, 60000, 0, 0)
    ends = (1, 2) if from_client else (2, 1)
    return frame(6, *ends, segment + payload)


def evil_capture(path):
    """A host, a path, a name and a payload that are HTML."""
    label = EVIL.encode()
    name = bytes([len(label)]) + label + b"\x07example\x00"
    query = struct.pack(">HHHHHH", 1, 0x100, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)
    refused = struct.pack(">HHHHHH", 1, 0x8183, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)
    udp = lambda ports, data: struct.pack(">HHHH", *ports, 8 + len(data), 0) + data
    request = f"GET /{EVIL} HTTP/1.1\r\nHost: {EVIL}\r\nX: {EVIL}\r\n\r\n".encode()
    body = f"{EVIL}</style></title></svg>{EVIL}".encode()
    answer = b"HTTP/1.1 500 " + EVIL.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    sent, got = 101 + len(request), 201 + len(answer)
    packets = [
        frame(17, 1, 3, udp((5353, 53), query)),
        frame(17, 3, 1, udp((53, 5353), refused)),
        tcp(True, 100, 0, 2),
        tcp(False, 200, 101, 18),
        tcp(True, 101, 201, 16),
        tcp(True, 101, 201, 24, request),
        tcp(False, 201, sent, 24, answer),
        tcp(True, sent, got, 16),
        tcp(True, 101, got, 24, request),
        tcp(True, sent, got, 4),
    ]
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number, packet in enumerate(packets):
            out.write(struct.pack("<IIII", 1_700_000_000, number * 20_000, len(packet), len(packet)))
            out.write(packet)


def check_html(page):
    """Parsed by the standard's algorithm without an error; places are there once."""
    parser = html5lib.HTMLParser(strict=True)
    document = parser.parse(page)
    ids = [node.get("id") for node in document.iter() if node.get("id")]
    assert len(ids) == len(set(ids)), "an id stands twice"
    for node in document.iter():
        target = node.get("href")
        if target and target.startswith("#"):
            assert target[1:] in ids, f"{target} leads nowhere"
        for loads in ("src", "style", "onload", "onclick", "onerror"):
            assert node.get(loads) is None, f"{node.tag} has {loads}"


class Browser:
    """Chromium, by its driver's protocol (W3C WebDriver)."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.base = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                if self.ask("GET", "/status")["ready"]:
                    break
            except OSError:
                time.sleep(0.1)
        arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", f"--user-data-dir={folder}",
        ]
        options = {
            "args": arguments,
            "prefs": {"profile.default_content_setting_values.automatic_downloads": 2},
        }
        logs = {"browser": "ALL", "performance": "ALL"}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": logs}
        session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.base += f"/session/{session['sessionId']}"

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def run(self, script, *arguments):
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def log(self, kind):
        return self.ask("POST", "/se/log", {"type": kind})

    def look(self, width, height, picture):
        """Takes the width of a window, and a picture of what it shows."""
        command = {
            "cmd": "Emulation.setDeviceMetricsOverride",
            "params": {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        }
        self.ask("POST", "/goog/cdp/execute", command)
        wide = self.run("return document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} wide on a screen of {width}"
        if picture:
            picture.write_bytes(base64.b64decode(self.ask("GET", "/screenshot")))

    def close(self):
        self.ask("DELETE", "")
        self.driver.terminate()
        self.driver.wait()


def check_page(browser, path, pictures):
    url = path.as_uri()
    browser.log("browser"), browser.log("performance")
    browser.ask("POST", "/url", {"url": url})
    name = path.stem
    for width, height in [(1280, 1600), (390, 1600)]:
        browser.look(width, height, pictures and pictures / f"{name}-{width}.png")
    title = browser.run("return document.title")
    assert title.startswith("wirenotes: "), title
    shown = "return Array.from(document.querySelectorAll('main > div')).filter(p => !p.hidden).map(p => p.id)"
    assert browser.run(shown) == ["en"]
    browser.run("document.getElementById('language').click()")
    assert browser.run(shown) == ["zh"]
    assert browser.run("return document.documentElement.lang") == "zh-CN"
    if pictures:
        browser.look(1280, 1600, pictures / f"{name}-zh.png")
    browser.run("document.getElementById('language').click()")
    assert browser.run(shown) == ["en"]
    rows = """
        const table = document.querySelector('#en table.sortable');
        if (!table) return null;
        if (arguments[0] !== null) table.tHead.rows[0].cells[arguments[0]].querySelector('button').click();
        return Array.from(table.tBodies[0].rows).map(row => Number(row.cells[5].dataset.value));
    """
    before = browser.run(rows, None)
    if before:
        assert browser.run(rows, 5) == sorted(before, reverse=True)
        assert browser.run(rows, 5) == sorted(before)
    errors = [entry["message"] for entry in browser.log("browser")]
    assert not errors, errors
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        # The browser's own first tab asks for its parts, too.
        is_own = message["params"].get("documentURL") == url
        if message["method"] == "Network.requestWillBeSent" and is_own:
            asked = message["params"]["request"]["url"]
            assert asked == url or asked.startswith("data:"), f"it asks for {asked}"


def main():
    wirenotes = pathlib.Path(sys.argv[1]).resolve()
    pictures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    samples = pathlib.Path(__file__).resolve().parents[2] / "samples"
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        evil = folder / "evil.pcap"
        evil_capture(evil)
        pages = []
        for capture in [samples / name for name in SAMPLES] + [evil]:
            page = folder / f"{capture.stem}.html"
            words = ["report", capture, "--lang", "en", "--payload", "-o", page]
            subprocess.run([wirenotes, *words], check=True, timeout=60)
            text = page.read_text()
            assert len(text.encode()) < 3_000_000
            assert text.count("<script") == 1, f"{capture.name}: not one script"
            check_html(text)
            pages.append(page)
        assert "&lt;script&gt;" in pages[-1].read_text(), "nothing of the names is shown"
        browser = Browser(folder / "profile")
        try:
            for page in pages:
                check_page(browser, page, pictures)
        finally:
            browser.close()
    print(f"{len(pages)} pages, in both languages, at two widths: in order")


main()
