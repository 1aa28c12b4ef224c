"""Notebooks of many kinds, by name; each is a list of cells."""

from __future__ import annotations

from typing import Final

_PNG: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_BAR: Final = """
import sys, time
for done in range(0, 101, 5):
    sys.stderr.write("\\r%3d%%|%s| %d/100" % (done, "█" * (done // 5) + " " * (20 - done // 5), done))
    sys.stderr.flush(); time.sleep(0.01)
sys.stderr.write("\\n")
"""

NOTEBOOKS: Final[dict[str, list[str]]] = {
    "text": ["print('one'); print('two')", "print('three', end=''); print(' four')"],
    "result": ["1 + 1", "'text'", "None", "[1, 2.5, {'a': (None, True)}]", "_ , __"],
    "several results": [
        (
            "from IPython.core.interactiveshell import InteractiveShell\n"
            "InteractiveShell.ast_node_interactivity = 'all'"
        ),
        "1\n2\n3",
    ],
    "both streams": [
        (
            "import sys, time\nfor n in range(3):\n"
            "    print('out', n, flush=True); time.sleep(0.1)\n"
            "    print('err', n, file=sys.stderr, flush=True); time.sleep(0.1)"
        )
    ],
    "html": [
        "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))\nHTML('<i>x</i>')",
        (
            "class Table:\n    def _repr_html_(self):\n        return '<table><tr><td>1</td></tr></table>'\n"
            "    def __repr__(self):\n        return 'a table'\nTable()"
        ),
    ],
    "images": [
        f"from IPython.display import Image\nimport base64\nImage(base64.b64decode('{_PNG}'))",
        "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')",
    ],
    "image with size": [
        (
            f"from IPython.display import Image\nimport base64\n"
            f"Image(base64.b64decode('{_PNG}'), width=40, height=30)"
        )
    ],
    "markdown, latex, json": [
        (
            "from IPython.display import Markdown, Latex, JSON, display\n"
            "display(Markdown('# t'), Latex('$x^2$'), JSON({'a': [1, {'b': None}]}))"
        )
    ],
    "ansi": [
        "print('\\x1b[31mred\\x1b[0m \\x1b[1;4mbold\\x1b[0m')",
        "print('\\x1b[38;5;200mpink')",
    ],
    "progress bar": [_BAR, "print('done')"],
    "bars over bars": [
        _BAR.replace('"\\n"', '"\\r\\n"'),
        "print('abc\\rX'); print('ab\\b\\bcd'); print('x\\r\\ny')",
    ],
    "clear output": [
        (
            "from IPython.display import clear_output\nfor n in range(5):\n"
            "    clear_output(wait=True)\n    print(n)"
        ),
        "print('gone'); clear_output()\nprint('stays')",
        "print('stays'); clear_output(wait=True)",
    ],
    "update display": [
        "from IPython.display import display\nh = display('first', display_id='one')\nprint('between')",
        "display('also', display_id='one')\nh.update('second')",
        "from IPython.display import update_display\nupdate_display({'text/plain': 'raw'}, display_id='one', raw=True)",
    ],
    "exception": ["def f(x):\n    return 1 / x", "f(1)", "f(0)", "print('not reached')"],
    "chained exceptions": [
        "try:\n    {}['key']\nexcept KeyError as error:\n    raise ValueError('outer') from error"
    ],
    "syntax error": ["x ="],
    "exit by system": ["print('a')\nraise SystemExit(3)"],
    "warnings": ["import warnings\nwarnings.simplefilter('always')\nwarnings.warn('careful')"],
    "unicode": [
        "print('Zoë 🎉 日本語 مرحبا')",
        "'👩‍👩‍👧‍👦 e\\u0301'",
        "print('\\U0001F600' * 100)",
    ],
    "many lines": ["for n in range(100_000):\n    print(n)"],
    "long lines": ["print('x' * 200_000)", "print('y' * 50_000, end='')\nprint('z')"],
    "magics": ["%%capture out\nprint('caught')", "print(out.stdout, end='')", "%%html\n<p>hi</p>"],
    "javascript and metadata": [
        (
            "from IPython.display import display\ndisplay({'text/plain': 'p', 'application/x-mine+json': "
            "{'deep': [1, 2, {'x': 1e300}]}}, metadata={'isolated': True}, raw=True)"
        )
    ],
    "printing and drawing": [
        "from IPython.display import display\nfor n in range(3):\n    print(n)\n    display(n)",
    ],
    "silence": ["x = 1", "x;", "# only a comment", "", "   \n  "],
}
