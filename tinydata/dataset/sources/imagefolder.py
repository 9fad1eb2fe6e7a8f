"""Folders of pictures."""

from __future__ import annotations

from tinydata.dataset.sources.media_folder import media_folder
from tinydata.dataset.sources.media_names import IMAGE_SUFFIXES

IMAGEFOLDER = media_folder("imagefolder", "Image", IMAGE_SUFFIXES)
