"""Draws flows as a picture that a person can read: an SVG with everything in it, and no other program."""

from ivr.drawing.draw import draw
from ivr.drawing.figures import Figures, NodeFigures

__all__ = ["Figures", "NodeFigures", "draw"]
