"""A bare endpoint for the same model, as its documentation would have one write it: FastAPI, pydantic, Booster.predict.

    fastapi_houses.py PORT MODEL_FILE

It tests types and limits of the fields that a live row has. It marks, records and watches nothing.
"""

from __future__ import annotations

import datetime as dt
import sys
from typing import Annotated, Literal

import lightgbm
import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

STORIES = ["one", "one+half", "two", "two+half", "three", "bilevel", "multilvl"]
WALLS = ["wood", "brick", "partbrk", "metlvnyl", "stucdrvt", "ccbtile", "stone"]
GARAGES = ["no garage", "attached", "detached", "basement", "carport"]

Count = Annotated[int, Field(ge=0, le=20)]
Feet = Annotated[int, Field(ge=0, le=10_000)]


class Sale(BaseModel):
    """A live row, with the limits of the houses' contract."""

    yrbuilt: Annotated[int, Field(ge=1700, le=2100)]
    stories: Literal["one", "one+half", "two", "two+half", "three", "bilevel", "multilvl"]
    area: Annotated[int, Field(gt=0, le=20_000)]
    wall: Literal["wood", "brick", "partbrk", "metlvnyl", "stucdrvt", "ccbtile", "stone"]
    beds: Count
    baths: Count
    halfbaths: Count
    frontage: Feet
    depth: Feet
    garage: Literal["no garage", "attached", "detached", "basement", "carport"]
    garagesqft: Feet
    rooms: Annotated[int, Field(ge=1, le=40)]
    lotsize: Annotated[int, Field(gt=0)]
    sdate: dt.date


class Answer(BaseModel):
    """What comes back."""

    prediction: float


booster = lightgbm.Booster(model_file=sys.argv[2])
stories, walls, garages = ({name: code for code, name in enumerate(names)} for names in (STORIES, WALLS, GARAGES))


async def predict(sale: Sale) -> Answer:
    """Encode one row by hand in the order of the features, and predict."""
    row = [
        *(stories[sale.stories], sale.area, walls[sale.wall], sale.beds, sale.baths, sale.halfbaths, sale.frontage),
        *(sale.depth, garages[sale.garage], sale.garagesqft, sale.rooms, sale.lotsize, sale.sdate.year - sale.yrbuilt),
    ]
    return Answer(prediction=float(booster.predict(np.array([row], dtype=np.float64), num_threads=1)[0]))


app = FastAPI()
app.add_api_route("/models/house-price/predict", predict, methods=["POST"])

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="warning")
