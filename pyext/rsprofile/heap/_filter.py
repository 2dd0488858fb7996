"""Which lines of a snapshot are kept."""

from __future__ import annotations

from rsprofile.heap._traceback import Line


class BaseFilter:
    """What both filters have.

    Args:
        inclusive: Whether to keep what matches, or all else.
    """

    def __init__(self, inclusive: bool) -> None:
        self.inclusive = inclusive

    def matches(self, domain: int, frames: tuple[Line, ...]) -> bool:
        """Whether to keep a site, by itself."""
        raise NotImplementedError


class Filter(BaseFilter):
    """Lines of files of a name, in the notation of `fnmatch`.

    Args:
        inclusive: Whether to keep what matches, or all else.
        filename_pattern: Of the file's name; `.pyc` stands for `.py`.
        lineno: Only this line, all if `None`.
        all_frames: Whether to look at the whole stack and not only at the most recent frame.
        domain: Only this domain, all if `None`.
    """

    def __init__(
        self,
        inclusive: bool,
        filename_pattern: str,
        lineno: int | None = None,
        all_frames: bool = False,
        domain: int | None = None,
    ) -> None:
        super().__init__(inclusive)
        self.lineno = lineno
        self.all_frames = all_frames
        self.domain = domain
        self._pattern = _source(filename_pattern)

    @property
    def filename_pattern(self) -> str:
        """The pattern of the file's name."""
        return self._pattern

    def matches(self, domain: int, frames: tuple[Line, ...]) -> bool:
        """Whether to keep a site, by itself."""
        if self.domain is None or self.domain == domain:
            return self._match_traceback(frames)
        return not self.inclusive

    def _match_traceback(self, frames: tuple[Line, ...]) -> bool:
        looked_at = frames if self.all_frames else frames[:1]
        return any(self._is_meant(*frame) for frame in looked_at) == self.inclusive

    def _match_frame(self, filename: str, lineno: int) -> bool:
        return self._is_meant(filename, lineno) == self.inclusive

    def _is_meant(self, filename: str, lineno: int) -> bool:
        from fnmatch import fnmatch

        return self.lineno in (None, lineno) and fnmatch(_source(filename), self._pattern)


class DomainFilter(BaseFilter):
    """Blocks of a domain of allocators. Here all are of domain 0.

    Args:
        inclusive: Whether to keep what matches, or all else.
        domain: The domain.
    """

    def __init__(self, inclusive: bool, domain: int) -> None:
        super().__init__(inclusive)
        self._domain = domain

    @property
    def domain(self) -> int:
        """The domain."""
        return self._domain

    def matches(self, domain: int, frames: tuple[Line, ...]) -> bool:
        """Whether to keep a site, by itself."""
        return (domain == self._domain) == self.inclusive


def _source(filename: str) -> str:
    return filename[:-1] if filename.endswith(".pyc") else filename
