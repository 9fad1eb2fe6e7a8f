"""Fetch: the one place that reaches the Hub and other servers, and nothing does unless an address there was named."""

from __future__ import annotations

from tinydata.fetch.address import HubId, hub_id
from tinydata.fetch.compressed import compression_of, inner_name, open_plain, plain
from tinydata.fetch.file import File, LocalFile, seekable
from tinydata.fetch.hub import HubFiles, HubListing, fetch, fetch_listed, hub_files, is_cached, is_offline, list_hub
from tinydata.fetch.hub_file import hub_file, hub_reader
from tinydata.fetch.patterns import matching, walk_files
from tinydata.fetch.places import Folder, find, is_address
from tinydata.fetch.remote import RemoteFile
from tinydata.fetch.spans import Span, merged, read_spans
from tinydata.fetch.threads import MOST_THREADS, in_threads

__all__ = [
    "MOST_THREADS",
    "File",
    "Folder",
    "HubFiles",
    "HubId",
    "HubListing",
    "LocalFile",
    "RemoteFile",
    "Span",
    "compression_of",
    "fetch",
    "fetch_listed",
    "find",
    "hub_file",
    "hub_files",
    "hub_id",
    "hub_reader",
    "in_threads",
    "inner_name",
    "is_address",
    "is_cached",
    "is_offline",
    "list_hub",
    "matching",
    "merged",
    "open_plain",
    "plain",
    "read_spans",
    "seekable",
    "walk_files",
]
