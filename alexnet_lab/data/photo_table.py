"""The photographs in the wheels of scikit-image and scikit-learn: file, title, author, licence.

Title, source, author and licence of each are what the two packages say of them: the docstrings of
``skimage/data/_fetchers.py`` and ``sklearn/datasets/images/README.txt``. Where they say nothing,
neither does this table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """What is known of a photograph, and where its file is."""

    file: str  # in the package's folder
    title: str
    author: str
    licence: str
    origin: str
    package: str = "skimage"


_SKIMAGE_SAYS_NOTHING = "no licence of its own stated; part of scikit-image (BSD-3-Clause)"
_CC_BY = "CC BY 2.0, https://creativecommons.org/licenses/by/2.0/"

PHOTOGRAPHS: dict[str, Entry] = {
    "astronaut": Entry(
        "astronaut.png",
        "The astronaut Eileen Collins",
        "NASA",
        "no known copyright restrictions, released into the public domain",
        "NASA Great Images database, https://flic.kr/p/r9qvLn",
    ),
    "brick": Entry(
        "brick.png",
        "A brick wall, grey",
        "CC0Textures",
        "CC0",
        "https://cc0textures.com/view.php?tex=Bricks25",
    ),
    "camera": Entry(
        "camera.png",
        "A man behind a camera on a tripod, grey",
        "Lav Varshney",
        "CC0 by the photographer",
        "https://github.com/scikit-image/scikit-image/issues/3927",
    ),
    "cat": Entry(
        "chelsea.png",
        "Chelsea the cat",
        "Stefan van der Walt",
        "CC0 by the photographer",
        "given to scikit-image by the photographer",
    ),
    "cell": Entry(
        "cell.png",
        "A cell floating in saline, quantitative phase image, grey",
        "Paul Müller and others",
        "CC0, dedicated to the public domain",
        "Müller et al., Optics Express 26(8), 2018, doi:10.1364/OE.26.010729",
    ),
    "clock": Entry(
        "clock_motion.png",
        "A wall clock blurred by the camera's motion, grey",
        "Stefan van der Walt",
        "released into the public domain by the photographer",
        "given to scikit-image by the photographer",
    ),
    "coffee": Entry(
        "coffee.png",
        "A cup of coffee on a wooden table",
        "Rachel Michetti",
        "CC0 by the photographer",
        "courtesy of Pikolo Espresso Bar",
    ),
    "coins": Entry(
        "coins.png",
        "Greek coins from Pompeii, grey",
        "Brooklyn Museum",
        "no known copyright restrictions",
        "https://www.brooklynmuseum.org/opencollection/archives/image/51611",
    ),
    "flower": Entry(
        "flower.jpg",
        "An orange flower before dark leaves",
        # The README credits "danielbuechele" for both of its photographs, but the address that it
        # gives for this one is the account of vultilion.
        "vultilion (so the address; the text of scikit-learn's README says danielbuechele)",
        _CC_BY,
        "https://www.flickr.com/photos/vultilion/6056698931/",
        "sklearn",
    ),
    "grass": Entry(
        "grass.png",
        "Grass seen from above, grey",
        "linolafett",
        "CC0",
        "https://www.deviantart.com/linolafett/art/Grass-01-434853879",
    ),
    "gravel": Entry(
        "gravel.png",
        "Gravel seen from above, grey",
        "CC0Textures",
        "CC0",
        "https://cc0textures.com/view.php?tex=Gravel04",
    ),
    "hubble": Entry(
        "hubble_deep_field.jpg",
        "Galaxies in the Hubble eXtreme Deep Field",
        "NASA",
        "may be freely used in the public domain",
        "http://hubblesite.org/newscenter/archive/releases/2012/37/image/a/",
    ),
    "moon": Entry(
        "moon.png",
        "The surface of the moon, grey, low contrast",
        "not stated",
        _SKIMAGE_SAYS_NOTHING,
        "not stated",
    ),
    "motorcycle": Entry(
        "motorcycle_left.png",
        "A motorcycle in a workshop, left picture of a stereo pair",
        "Nera Nesic, Porter Westling, Xi Wang, York Kitajima, Greg Krathwohl, Daniel Scharstein",
        _SKIMAGE_SAYS_NOTHING,
        "Middlebury 2014 stereo benchmark, reduced four times, "
        "http://vision.middlebury.edu/stereo/data/scenes2014/",
    ),
    "retina": Entry(
        "retina.jpg",
        "The retina of a human eye",
        "Mikael Häggström",
        "CC0 1.0",
        "https://commons.wikimedia.org/wiki/File:Fundus_photograph_of_normal_left_eye.jpg",
    ),
    "rocket": Entry(
        "rocket.jpg",
        "A Falcon 9 rocket, carrying DSCOVR, at Cape Canaveral",
        "SpaceX",
        "released in the public domain",
        "https://www.flickr.com/photos/spacexphotos/16511594820/in/photostream/",
    ),
    "temple": Entry(
        "china.jpg",
        "A temple tower in China, above trees and a lake",
        "danielbuechele",
        _CC_BY,
        "https://www.flickr.com/photos/danielbuechele/6061409035/",
        "sklearn",
    ),
    "tissue": Entry(
        "ihc.png",
        "Colonic glands, immunohistochemical staining in brown and blue",
        "Center for Microscopy And Molecular Imaging (CMMI)",
        "no known copyright restrictions",
        "acquired at the Center for Microscopy And Molecular Imaging",
    ),
}

# What the packages themselves call them, so that a reader who knows them there finds them here.
ALSO = {
    "chelsea": "cat",
    "china": "temple",
    "cameraman": "camera",
    "hubble_deep_field": "hubble",
    "immunohistochemistry": "tissue",
    "stereo_motorcycle": "motorcycle",
}
PACKAGES = {
    "skimage": ("scikit-image", "data"),
    "sklearn": ("scikit-learn", "datasets/images"),
}
