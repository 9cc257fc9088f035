"""Events to policies to reactions: alert, retrain, roll back; each recorded with its reason."""

from holdtrue.loop.labelled import LabelledRows
from holdtrue.loop.loop import Loop, LoopStep, ModelLoop, Train
from holdtrue.loop.memory import LoopMemory, recall, remember

__all__ = ["LabelledRows", "Loop", "LoopMemory", "LoopStep", "ModelLoop", "Train", "recall", "remember"]
