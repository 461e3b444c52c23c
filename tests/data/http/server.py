"""A server on the loopback interface that does what servers do wrong, for test_http."""
import http.server
import socketserver
import sys
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", length=None, location=None):
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def stall(self):
        self.send_response(200)
        self.send_header("Content-Length", "9")
        self.end_headers()
        self.wfile.write(b"a")
        self.wfile.flush()
        time.sleep(20)

    def chunked(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(300):
            self.wfile.write(b"2710\r\n" + b"y" * 10000 + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def short(self):
        self.answer(200, b"half", length=8)
        self.close_connection = True

    def drop(self):
        self.close_connection = True

    def do_GET(self):
        answers = {
            "/ok": lambda: self.answer(200, b"hello"),
            "/empty": lambda: self.answer(200),
            "/agent": lambda: self.answer(200, self.headers["User-Agent"].encode()),
            "/large": lambda: self.answer(200, b"x" * 3000000),
            "/redirect": lambda: self.answer(302, b"moved", location="/ok"),
            "/loop": lambda: self.answer(302, location="/loop"),
            "/to-file": lambda: self.answer(302, location="file:///etc/passwd"),
            "/nowhere": lambda: self.answer(302),
            "/short": self.short,
            "/drop": self.drop,
            "/403": lambda: self.answer(403, b"no"),
            "/503": lambda: self.answer(503, b"later"),
            "/hang": lambda: time.sleep(20),
            "/stall": self.stall,
            "/chunked": self.chunked,
        }
        answers.get(self.path, lambda: self.answer(404, b"<html>none</html>"))()


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
sys.stdout.write("%d\n" % server.server_address[1])
sys.stdout.flush()
server.serve_forever()
