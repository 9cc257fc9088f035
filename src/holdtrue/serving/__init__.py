"""The live road's server: rows and tensors in, predictions out, everything recorded; versions change under way."""

from holdtrue.serving.app import ServingApp, create_app
from holdtrue.serving.listening import Running, listen, running, serve, url_of
from holdtrue.serving.metrics import Metrics
from holdtrue.serving.served import Live, ServedModel

__all__ = [
    "Live",
    "Metrics",
    "Running",
    "ServedModel",
    "ServingApp",
    "create_app",
    "listen",
    "running",
    "serve",
    "url_of",
]
