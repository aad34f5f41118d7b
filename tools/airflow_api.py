"""Airflow's REST API on 127.0.0.1, and what is raised when Airflow does not do what was asked."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

__all__ = ["USER", "AirflowFailedError", "AirflowServerError", "Api"]

USER = "admin"
"""Who logs in."""


class AirflowFailedError(Exception):
    """Airflow did not do what was asked; the message says what and where to look."""


class AirflowServerError(AirflowFailedError):
    """Airflow's web server failed at an answer of its own (status 500 and above)."""


class Api:
    """Airflow's REST API, as the user `admin`."""

    def __init__(self, url: str, password: str) -> None:
        self._url = url
        self._open = build_opener(ProxyHandler({})).open  # 127.0.0.1 is never behind a proxy
        self._token = ""
        answer = self._send("POST", "/auth/token", {"username": USER, "password": password})
        self._token = answer["access_token"]

    def get(self, path: str) -> Any:
        """The answer to a GET below `/api/v2`."""
        return self._send("GET", f"/api/v2{path}", None)

    def post(self, path: str, body: Mapping[str, object]) -> Any:
        """The answer to a POST below `/api/v2`."""
        return self._send("POST", f"/api/v2{path}", body)

    def patch(self, path: str, body: Mapping[str, object]) -> Any:
        """The answer to a PATCH below `/api/v2`."""
        return self._send("PATCH", f"/api/v2{path}", body)

    def _send(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:
        request = Request(f"{self._url}{path}", method=method)  # noqa: S310  our own address on 127.0.0.1
        request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        data = None if body is None else json.dumps(body).encode()
        try:
            with self._open(request, data, timeout=120) as answer:
                return json.load(answer)
        except HTTPError as error:
            detail = error.read().decode(errors="replace")[:500]
            kind = AirflowServerError if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR else AirflowFailedError
            raise kind(f"{method} {path}: expected an answer, got {error.code} {detail}") from error
