"""The first scan imports markdown-it-py: that is not what any test here measures."""

from mdorch.page.scan import scan
from mdorch.page.source import Source

scan(Source(b""))
