"""
Compiles the modules of broker and kernel, so that no sandbox has to.

compile_sources.py TARGET SOURCE...
"""

import os
import py_compile
import sys


def main():
    target, *sources = sys.argv[1:]
    for source in sources:
        name = os.path.basename(source)
        py_compile.compile(
            source,
            cfile=os.path.join(target, name + "c"),
            dfile="/opt/rlm/" + name,
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


main()
