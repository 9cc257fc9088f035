"""Events to policies to reactions: alert, retrain, roll back; each recorded with its reason."""

from holdtrue.loop.delivery import Train
from holdtrue.loop.labelled import LabelledRows
from holdtrue.loop.loop import Loop
from holdtrue.loop.memory import LoopMemory, recall, remember
from holdtrue.loop.model_loop import LoopStep, ModelLoop

__all__ = ["LabelledRows", "Loop", "LoopMemory", "LoopStep", "ModelLoop", "Train", "recall", "remember"]
