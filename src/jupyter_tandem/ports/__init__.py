"""Promises the engine relies on; every adapter keeps one of them (contract suites in ``testing``)."""
