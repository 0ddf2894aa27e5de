"""What the sample's `web` runs, in its container: it answers its architecture and its instance's AMI."""

import http.server
import json
import platform
import urllib.request

METADATA = "http://169.254.169.254/latest"
TTL = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}


def ami() -> str:
    """The AMI of the instance, from its metadata service (version 2)."""
    token = told(urllib.request.Request(f"{METADATA}/api/token", method="PUT", headers=TTL))  # noqa: S310
    return told(urllib.request.Request(f"{METADATA}/meta-data/ami-id", headers={"X-aws-ec2-metadata-token": token}))  # noqa: S310


def told(request: urllib.request.Request) -> str:
    """What the metadata service, which speaks plain HTTP on the instance, answers."""
    with urllib.request.urlopen(request, timeout=2) as reply:  # noqa: S310
        return str(reply.read(), "utf-8")


class Answer(http.server.BaseHTTPRequestHandler):
    """GET /health says ok; anything else says what this runs on."""

    def do_GET(self) -> None:
        """Answer."""
        said = {"ok": True} if self.path == "/health" else {"architecture": platform.machine(), "ami": ami()}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 8080), Answer).serve_forever()
