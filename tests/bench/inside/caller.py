"""A browser without a network: it calls a WSGI application as a server does."""

import io
import re
import sys
from html import unescape
from urllib.parse import parse_qsl, urlencode

import brotli

AGENTS = {
    "phone": "Mozilla/5.0 (Linux; Android 15; Mobile) Mobi",
    "computer": "Mozilla/5.0 (X11; Linux x86_64)",
}
READ = {
    "marker": re.compile(r'(?:[?;&]marker=(?!session\b)|name="marker" value=")([^"&]+)'),
    "poll": re.compile(r'id="poll"\s+hx-get="([^"]+)"'),
    "csrf_token": re.compile(r'name="csrf_token" value="([^"]+)"'),
    "submission": re.compile(r'name="submission" value="([^"]+)"'),
    "talk": re.compile(r"/talks/(\d+)/cancel"),
}
CELL = re.compile(r'<input\b[^>]*name="cells"[^>]*?value="(\d+-\d+)"')


class Answer:
    """Status, headers and body of an answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = int(status.split()[0]), headers, body

    @property
    def text(self):
        """The page, unpacked."""
        packed = dict(self.headers).get("Content-Encoding") == "br"
        return (brotli.decompress(self.body) if packed else self.body).decode()


class Browser:
    """Calls a WSGI application as a server does, keeps cookies, and reads its table."""

    def __init__(self, application, cookies, device="phone", path=""):
        self.application, self.cookies, self.path = application, dict(cookies), path
        self.agent, self.page = AGENTS[device], {}

    def send(self, path, form=None, *, htmx=False):
        """Send a request and return the answer."""
        path, _, query = path.partition("?")
        body = urlencode(form).encode() if form is not None else b""
        environ = {
            "REQUEST_METHOD": "GET" if form is None else "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_USER_AGENT": self.agent,
            "HTTP_ACCEPT_ENCODING": "br",
            "HTTP_ACCEPT_LANGUAGE": "nl",
            "HTTP_ACCEPT": "text/html",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if form is not None else "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if htmx:
            environ["HTTP_HX_REQUEST"] = "true"
        told = []
        answer = self.application(
            environ, lambda status, headers, _fault=None: told.append((status, headers))
        )
        try:
            content = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        for name, value in told[0][1]:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return Answer(*told[0], content)

    def read(self, answer):
        """Remember what the page now holds; a part of a page leaves the rest as it was."""
        text = answer.text
        for name, pattern in READ.items():
            if found := pattern.search(text):
                self.page[name] = found[1]
        if 'id="table"' in text:
            self.page["cells"] = sorted(set(CELL.findall(text)))
        return answer

    def form(self, *names, **more):
        """Return the fields of a form."""
        return {name: self.page[name] for name in names} | more

    def book(self, cell):
        """Book a cell as the page does."""
        form = self.form("csrf_token", "submission", cells=cell)
        return self.send(self.path, form, htmx=True)

    def cancel(self):
        """Cancel the talk that the page shows."""
        return self.send(f"/talks/{self.page['talk']}/cancel", self.form("csrf_token"), htmx=True)

    def poll(self):
        """Ask what is new, where the page says, since what was told last."""
        path, _, query = unescape(self.page["poll"]).partition("?")
        fields = dict(parse_qsl(query)) | {"marker": self.page["marker"]}
        path = f"{path}?{urlencode(fields)}"
        return self.send(path, htmx=True)
