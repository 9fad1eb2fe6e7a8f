"""The laws of tinydata; the folders mirror the package."""
