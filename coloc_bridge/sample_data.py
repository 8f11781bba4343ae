"""Images to try things on: two made up here, two downloaded once and kept in the user's cache; and scenes
whose answer is known, by `make_scene`.

Each `make_sample_data...` returns two napari layer tuples ``(array, {"name": ..., "colormap": ...}, "image")``;
napari itself is not needed.
"""

import hashlib
import io
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.errors import ImageFileError
from coloc_bridge.scenes import Scene as Scene
from coloc_bridge.scenes import make_scene as make_scene

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Layer = tuple[Float32, dict[str, Any], str]


def make_sample_data() -> list[Layer]:
    """Two 256 x 256 channels of Gaussian blobs, 60 % of A's also in B.

    Returns
    -------
    list of two layer tuples
        ``channel_a`` (green) and ``channel_b`` (magenta), float32 >= 0; always the same image. r = 0.6051;
        Manders' M1, M2 at threshold 0.1 are 0.602, 0.579.

    Examples
    --------
    >>> (a, _, _), (b, _, _) = make_sample_data()
    >>> a.shape, b.dtype
    ((256, 256), dtype('float32'))
    """
    a, b = _blobs((256, 256), blobs=30, copied=18, extra=12, sigma=6.0, margin=16)
    return _layers(a, b, ("channel_a", "green"), ("channel_b", "magenta"))


def make_sample_data_3d() -> list[Layer]:
    """The same as a stack of (32, 128, 128).

    Returns
    -------
    list of two layer tuples
        ``channel_a_3d`` (green) and ``channel_b_3d`` (magenta), float32 >= 0. r = 0.7025; Manders' M1, M2 at
        threshold 0.1 are 0.593, 0.627.

    Examples
    --------
    >>> [name["name"] for _, name, _ in make_sample_data_3d()]
    ['channel_a_3d', 'channel_b_3d']
    """
    a, b = _blobs((32, 128, 128), blobs=40, copied=24, extra=16, sigma=4.0, margin=8)
    return _layers(a, b, ("channel_a_3d", "green"), ("channel_b_3d", "magenta"))


def _layers(a: Float32, b: Float32, first: tuple[str, str], second: tuple[str, str]) -> list[Layer]:
    return [
        (a, {"name": first[0], "colormap": first[1]}, "image"),
        (b, {"name": second[0], "colormap": second[1], "blending": "additive"}, "image"),
    ]


def _blobs(
    shape: tuple[int, ...], *, blobs: int, copied: int, extra: int, sigma: float, margin: int
) -> tuple[Float32, Float32]:
    """Blobs in A, some of them copied to B, more in B alone, noise on both. The order of the draws is the image."""
    rng = np.random.default_rng(2026)

    def draw(count: int) -> tuple[NDArray[np.int64], Float64]:
        centres = np.stack([rng.integers(margin, n - margin, count) for n in shape], axis=1)
        return centres, rng.uniform(0.6, 1.0, count)

    def render(centres: NDArray[np.int64], amplitudes: Float64) -> Float64:
        image = np.zeros(shape)
        for centre, amplitude in zip(centres, amplitudes, strict=True):
            profiles = [
                np.exp(-((np.arange(n) - c) ** 2) / (2 * sigma**2)) for n, c in zip(shape, centre, strict=True)
            ]
            image += amplitude * math.prod(np.ix_(*profiles))
        return image

    centres, amplitudes = draw(blobs)
    own_centres, own_amplitudes = draw(extra)
    shared = rng.choice(blobs, copied, replace=False)
    a = render(centres, amplitudes)
    b = render(np.concatenate([centres[shared], own_centres]), np.concatenate([amplitudes[shared], own_amplitudes]))
    noisy = [image + rng.normal(0.0, 0.02, shape) for image in (a, b)]
    return noisy[0].clip(0).astype(np.float32), noisy[1].clip(0).astype(np.float32)


@dataclass(frozen=True)
class _Download:
    """A public RGB picture. Its pixels have the checksum, since their publishers give none of the file, and copies of
    one picture are packed in different ways."""

    title: str
    url: str
    pixels_sha256: str

    def path(self) -> Path:
        """Download it if the cache has it not."""
        import platformdirs
        import pooch

        pooch.get_logger().setLevel("WARNING")  # it would tell the user to pass a known_hash
        file = platformdirs.user_cache_path("coloc_bridge") / self.url.rpartition("/")[2]
        try:
            pooch.retrieve(self.url, known_hash=None, fname=file.name, path=file.parent)
        except OSError as error:
            raise ConnectionError(
                f"cannot download {self.title} from {self.url} ({error}); connect to the network, or get that file "
                f"elsewhere and save it as {file}"
            ) from error
        return file

    def read(self) -> NDArray[np.uint8]:
        import tifffile

        file = self.path()
        try:
            pixels = np.ascontiguousarray(tifffile.imread(_tiff(file)))
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise ImageFileError(f"{file} is no TIFF of {self.title} ({error}); {self._remedy(file)}") from error
        checksum = hashlib.sha256(pixels.tobytes()).hexdigest()
        if checksum != self.pixels_sha256:
            raise ImageFileError(
                f"{file} is not {self.title}: its pixels have the SHA-256 {checksum}, not {self.pixels_sha256}; "
                + self._remedy(file)
            )
        return pixels

    @staticmethod
    def _remedy(file: Path) -> str:
        file.unlink(missing_ok=True)
        return "it has been removed, so that the next call downloads it again"


def _tiff(file: Path) -> Path | io.BytesIO:
    if file.suffix != ".zip":
        return file
    with zipfile.ZipFile(file) as archive:
        tiffs = [n for n in archive.namelist() if n.lower().endswith((".tif", ".tiff")) and "__MACOSX" not in n]
        if len(tiffs) != 1:
            raise ValueError(f"it holds {len(tiffs)} TIFF files, not one")
        return io.BytesIO(archive.read(tiffs[0]))


_CBS006RBM = _Download(
    title="CBS006RBM of the Colocalization Benchmark Source",
    url="https://colocalization-benchmark.com/download/cbs006rbm.tiff.zip",
    pixels_sha256="0cc99242f67ff0659c483295cec82cc2339c066c3e2a6620fedfe4e14034b4cc",
)
_COLOC_SAMPLE = _Download(
    title="Fiji's sample picture colocsample1bRGB_BG",
    url="https://samples.fiji.sc/colocsample1bRGB_BG.tif",
    pixels_sha256="9f879edafe6e7411229d28fc9e2c972410e37e5ada25d5dc09e71cb2d90bfe99",
)


def make_sample_data_cbs006rbm() -> list[Layer]:
    """Red and blue of CBS006RBM, a simulated 1024 x 1024 picture with 50 % colocalization.

    Returns
    -------
    list of two layer tuples
        ``CBS006RBM_red`` and ``CBS006RBM_blue``, float32, 0 to 1.

    Raises
    ------
    ConnectionError
        If it is not in the cache yet and cannot be downloaded.
    ImageFileError
        If the file's pixels are not those of this picture.

    References
    ----------
    Colocalization Benchmark Source, https://www.colocalization-benchmark.com.
    """
    rgb = _CBS006RBM.read()
    return _layers(_unit(rgb[..., 0]), _unit(rgb[..., 2]), ("CBS006RBM_red", "red"), ("CBS006RBM_blue", "blue"))


def make_sample_data_coloc() -> list[Layer]:
    """Red and green of Fiji's colocsample1bRGB_BG, a confocal Z stack of (33, 152, 172).

    Returns
    -------
    list of two layer tuples
        ``coloc_red`` and ``coloc_green``, float32, 0 to 1.

    Raises
    ------
    ConnectionError, ImageFileError
        As `make_sample_data_cbs006rbm`.
    """
    red, green = load_coloc_sample()
    return _layers(red, green, ("coloc_red", "red"), ("coloc_green", "green"))


def coloc_sample_path() -> Path:
    """Where colocsample1bRGB_BG.tif is in the cache, downloaded if need be.

    Returns
    -------
    Path

    Raises
    ------
    ConnectionError
        If it is not there yet and cannot be downloaded.
    """
    return _COLOC_SAMPLE.path()


def load_coloc_sample() -> tuple[Float32, Float32]:
    """Red and green of colocsample1bRGB_BG, a Z stack.

    Returns
    -------
    red, green : float32 array, (33, 152, 172)
        From 0 to 1.

    Raises
    ------
    ConnectionError, ImageFileError
        As `make_sample_data_cbs006rbm`.
    """
    rgb = _COLOC_SAMPLE.read()
    return _unit(rgb[..., 0]), _unit(rgb[..., 1])


def _unit(channel: NDArray[np.uint8]) -> Float32:
    return channel.astype(np.float32) / np.float32(255)
