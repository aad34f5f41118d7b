"""Airflow with its web page on 127.0.0.1, all DAGs loaded, the ingestion on schedule, until Ctrl-C."""

import argparse
import socket
import sys
import time
from pathlib import Path

from airflow_api import USER, AirflowFailedError
from local_airflow import interrupt_on_signals, prepare, running, say, write_settings

__all__ = ["main"]


def main() -> int:
    """Exit code: 0 after Ctrl-C, 1 when Airflow failed."""
    interrupt_on_signals()
    options = _options()
    if _taken(options.port):
        say(f"port {options.port} of 127.0.0.1 is in use; name another, as in: make airflow PORT={options.port + 1}")
        return 1
    settings = options.settings or write_settings(
        options.home / "kgbuild.toml", corpus=options.corpus, graph=options.graph
    )
    try:
        say("Preparing Airflow …")
        airflow = prepare(options.home / "airflow", port=options.port, settings=settings, schedule=options.schedule)
        with running(airflow) as components:
            say(f"Airflow      {airflow.url}   user {USER}, password {airflow.password}")
            say(f"Settings     {settings}")
            say(f"Schedule     {options.schedule or 'none: start kgbuild_ingest by hand'}")
            say(f"Logs         {airflow.home / 'logs'}")
            say("Ctrl-C stops it.")
            while True:
                components.check()
                time.sleep(1.0)
    except KeyboardInterrupt:
        say("Stopped.")
    except AirflowFailedError as error:
        say(str(error))
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", nargs="+", default=[], help="files, folders, globs or URLs")
    parser.add_argument("--graph", type=Path, help="folder of the graph")
    parser.add_argument("--settings", type=Path, help="settings file, instead of --corpus and --graph")
    parser.add_argument("--home", type=Path, required=True, help="folder of the Airflow, kept between starts")
    parser.add_argument("--port", type=int, default=8080, help="port of the web page")
    parser.add_argument("--schedule", default="", help="when to ingest, in the five fields of cron; empty: by hand")
    options = parser.parse_args()
    if not options.settings and not (options.corpus and options.graph):
        parser.error("--corpus and --graph are needed, or --settings")
    return options


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    sys.exit(main())
