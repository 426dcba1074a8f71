"""A city's configuration: YAML files read with the position of every value, checked as a whole, loaded or refused."""

from hotline.config.city import City, Figures, Limits, Speech, Trunk
from hotline.config.load import Examined, examine_city, load_city

__all__ = ["City", "Examined", "Figures", "Limits", "Speech", "Trunk", "examine_city", "load_city"]
