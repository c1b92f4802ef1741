"""Makes the files of this folder with real scikit-learn, and `expected.json`: what each makes of one row.

    python tests/checkpoints/scaler_files/make.py

Needs scikit-learn, joblib and pandas, none of which the tests need.
"""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

HERE = Path(__file__).parent
NAMES = ["temp", "rain", "wind"]
TABLE = pd.DataFrame(np.random.default_rng(0).normal(3, 2, (50, 3)), columns=NAMES)
ROW = [1.5, -2.0, 7.25]

if __name__ == "__main__":
    plain = TABLE.to_numpy()
    made = {
        "standard.pkl": (StandardScaler().fit(plain), 5),
        "minmax_range.pkl": (MinMaxScaler((-1, 1)).fit(plain), 2),
        "minmax.joblib": (MinMaxScaler().fit(plain), None),
        "standard_named.joblib": (StandardScaler().fit(TABLE), None),
        "robust_compressed.joblib": (RobustScaler().fit(plain), 3),
        "in_a_dict.pkl": ({"x": MaxAbsScaler().fit(plain)}, 4),
    }
    expected = {}
    for name, (scaler, how) in made.items():
        if name.endswith(".joblib"):
            joblib.dump(scaler, HERE / name, compress=how or 0)
        else:
            (HERE / name).write_bytes(pickle.dumps(scaler, protocol=how))
        scaler = scaler["x"] if isinstance(scaler, dict) else scaler
        row = pd.DataFrame([ROW], columns=NAMES) if "named" in name else [ROW]
        expected[name] = scaler.transform(row)[0].tolist()
    (HERE / "expected.json").write_text(json.dumps({"row": ROW, **expected}) + "\n")
