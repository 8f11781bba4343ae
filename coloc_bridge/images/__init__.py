"""Image, mask and label files as arrays with named axes, channel names and pixel size."""

from coloc_bridge.images.channels import channel_names, open_pair, read_pair, select_channels
from coloc_bridge.images.fit import open_labels, open_mask
from coloc_bridge.images.image import Image
from coloc_bridge.images.imagej import as_imagej
from coloc_bridge.images.reading import image_names, is_image, open_image, read_image
from coloc_bridge.images.sets import files_of

__all__ = (
    "Image",
    "as_imagej",
    "channel_names",
    "files_of",
    "image_names",
    "is_image",
    "open_image",
    "open_labels",
    "open_mask",
    "open_pair",
    "read_image",
    "read_pair",
    "select_channels",
)
