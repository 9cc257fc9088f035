"""The story on real house sales that `holdtrue demo` tells."""

from holdtrue.demo.story import tell

__all__ = ["tell"]
