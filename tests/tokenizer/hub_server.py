"""A Hub on this machine, as far as reading a repo takes it: its name, its commits, its files."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

Repos = Mapping[str, Mapping[str, Mapping[str, bytes]]]  # repo -> revision -> name -> content


@contextmanager
def serve(repos: Repos) -> Iterator[tuple[str, list[str]]]:
    """Yield its address, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self):
            self.do_GET()

        def do_GET(self):
            asked.append(self.path)
            parts = unquote(self.path.split("?")[0]).strip("/").split("/")
            if parts[:2] == ["api", "models"] and parts[4:5] == ["tree"]:
                self.answer_tree("/".join(parts[2:4]), parts[5])
            elif parts[:2] == ["api", "models"]:
                self.answer_facts("/".join(parts[2:4]), parts[5] if len(parts) > 5 else "main")
            elif len(parts) > 4 and parts[2] == "resolve":
                self.answer_file("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
            else:
                self.refuse("EntryNotFound")

        def answer_facts(self, repo, revision):
            if repo not in repos:
                return self.refuse("RepoNotFound")
            files = find(repo, revision)
            if files is None:
                return self.refuse("RevisionNotFound")
            facts = {"id": repo, "sha": commit(repo, files), "siblings": [{"rfilename": name} for name in files]}
            return self.answer(json.dumps(facts).encode(), {"Content-Type": "application/json"})

        def answer_tree(self, repo, revision):
            files = (find(repo, revision) or {}).items()
            tree = [{"type": "file", "path": name, "size": len(content), "oid": "0" * 40} for name, content in files]
            self.answer(json.dumps(tree).encode(), {"Content-Type": "application/json"})

        def answer_file(self, repo, revision, name):
            files = find(repo, revision) or {}
            if name not in files:
                return self.refuse("EntryNotFound")
            etag = hashlib.sha1(files[name]).hexdigest()
            return self.answer(files[name], {"ETag": f'"{etag}"', "X-Repo-Commit": commit(repo, files)})

        def answer(self, content, headers, status=200):
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def refuse(self, code):
            self.answer(b"{}", {"X-Error-Code": code}, 404)

        def log_message(self, *_):
            pass

    def find(repo, revision):
        known = repos.get(repo, {})
        return known.get(revision) or next((files for files in known.values() if commit(repo, files) == revision), None)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def commit(repo: str, files: Mapping[str, bytes]) -> str:
    """The name of a commit: of its content alone."""
    return hashlib.sha1(repr((repo, sorted(files.items()))).encode()).hexdigest()
