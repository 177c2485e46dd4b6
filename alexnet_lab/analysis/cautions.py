"""What each kind of attribution may not be taken to mean, with who showed it."""

from __future__ import annotations

CAUTIONS = {
    "saliency": (
        "It tells how the score would change for a tiny change of each pixel, not which pixels "
        "made it what it is; where units saturate it is blind (Sundararajan et al. 2017), and its "
        "noise is the gradient's, not the photograph's (Smilkov et al. 2017)."
    ),
    "integrated gradients": (
        "Its values add up to the score's difference from the baseline, and so depend on that "
        "choice: whatever looks like the baseline gets no credit, and the zero image is only one "
        "of many (Sturmfels et al. 2020)."
    ),
    "guided backprop": (
        "Much like an edge detector: the picture hardly changes when the upper layers' weights are "
        "replaced by random ones, so it says little about the class (Adebayo et al. 2018; Nie et "
        "al. 2018)."
    ),
    "deconvnet": (
        "It rebuilds what the image looks like through the max-pooling switches rather than what "
        "decided on the class, and hardly depends on the class asked for (Mahendran and Vedaldi "
        "2016; Nie et al. 2018)."
    ),
    "gradcam": (
        "Its true resolution is that of the layer's map ({coarse}); all finer detail is "
        "interpolation, and each cell has seen far more pixels than it covers. Evidence against "
        "the class is cut away (Selvaraju et al. 2017)."
    ),
    "guided gradcam": (
        "The fine lines are those of guided backprop, which behaves much like an edge detector "
        "(Adebayo et al. 2018); only the coarse weighting with Grad-CAM depends on the class."
    ),
    "occlusion": (
        "A patch of one colour is an image that the network never met in training, so part of the "
        "drop is its surprise at the patch (Hooker et al. 2019); patch size and colour change the "
        "picture."
    ),
}
