#!/usr/bin/env python3
"""Lists the public symbols of symbol graphs that have no documentation comment; exit 1 when there are any.

Not counted: what implements a requirement of a protocol (it inherits the requirement's text), enum cases and operators,
which may speak for themselves.
"""

import json
import sys
import urllib.parse

EXEMPT_KINDS = {"swift.enum.case", "swift.func.op"}


def undocumented(path):
    with open(path) as file:
        graph = json.load(file)
    witnesses = {r["source"] for r in graph["relationships"] if "sourceOrigin" in r}
    for symbol in graph["symbols"]:
        if symbol.get("docComment") or symbol["kind"]["identifier"] in EXEMPT_KINDS:
            continue
        location = symbol.get("location")
        if symbol["identifier"]["precise"] in witnesses or location is None:
            continue
        file = urllib.parse.unquote(urllib.parse.urlparse(location["uri"]).path)
        line = location["position"]["line"] + 1
        yield f"{file}:{line}: error: public {'.'.join(symbol['pathComponents'])} has no documentation"


def main():
    found = [message for path in sys.argv[1:] for message in undocumented(path)]
    print("\n".join(sorted(found)), end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
