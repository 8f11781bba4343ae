"""Files of microscopes: what they are, and the well-kept libraries that read them, loaded when first needed."""

from coloc_bridge.images.vendor.formats import Format, format_of
from coloc_bridge.images.vendor.reading import is_vendor_name, opened, what_else

__all__ = ("Format", "format_of", "is_vendor_name", "opened", "what_else")
