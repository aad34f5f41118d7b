"""What `make run` does where Airflow's web server answers badly."""

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture
def url() -> Iterator[str]:
    """A server on 127.0.0.1 that gives a token, fails at asset events, and knows nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(201)
            self.end_headers()
            self.wfile.write(json.dumps({"access_token": "t"}).encode())

        def do_GET(self) -> None:
            self.send_error(500 if self.path.startswith("/api/v2/assets/events") else 404)

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_run_that_still_waits_is_asked_for_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that the server fails at counts as none yet; that something is not there is an error at once."""
    monkeypatch.syspath_prepend(str(TOOLS))
    import airflow_api
    import run_dags

    api = airflow_api.Api(url, "")
    assert run_dags._caused(api, "run 1") == []
    with pytest.raises(airflow_api.AirflowFailedError, match="expected an answer, got 404"):
        api.get("/dags/none")
    for name in ("airflow_api", "local_airflow", "run_dags"):
        monkeypatch.delitem(sys.modules, name)
