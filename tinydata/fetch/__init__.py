"""Fetch: the one place that reaches the Hub, and nothing does unless an address of it was named."""

from __future__ import annotations

from tinydata.fetch.address import HubId, hub_id
from tinydata.fetch.compressed import compression_of, inner_name, open_plain, plain
from tinydata.fetch.file import File, LocalFile, seekable
from tinydata.fetch.hub import HubFiles, HubListing, fetch, fetch_listed, hub_files, is_cached, is_offline, list_hub
from tinydata.fetch.patterns import matching, walk_files

__all__ = [
    "File",
    "HubFiles",
    "HubId",
    "HubListing",
    "LocalFile",
    "compression_of",
    "fetch",
    "fetch_listed",
    "hub_files",
    "hub_id",
    "inner_name",
    "is_cached",
    "is_offline",
    "list_hub",
    "matching",
    "open_plain",
    "plain",
    "seekable",
    "walk_files",
]
