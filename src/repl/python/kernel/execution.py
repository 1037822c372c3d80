"""Runs the code of one cell in the namespace: statements, `await` at top level, the value of a last expression."""

import ast

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_COROUTINE = 0x80  # inspect.CO_COROUTINE, without importing inspect

_loop = None


def run_code(code, filename, namespace):
    """Executes the cell. Raises whatever the code raises; a SyntaxError before anything ran."""
    tree = compile(code, filename, "exec", ast.PyCF_ONLY_AST | _FLAGS, dont_inherit=True)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    statements = compile(tree, filename, "exec", _FLAGS, dont_inherit=True)
    expression = None
    if last is not None:
        expression = compile(ast.Expression(last.value), filename, "eval", _FLAGS, dont_inherit=True)
    _evaluate(statements, namespace)
    if expression is not None:
        value = _evaluate(expression, namespace)
        if value is not None:
            print(repr(value))


def _evaluate(code, namespace):
    value = eval(code, namespace)
    return _run_until_complete(value) if code.co_flags & _COROUTINE else value


def _run_until_complete(coroutine):
    """Runs it in the one event loop of the kernel, so that tasks live on from cell to cell."""
    global _loop
    import asyncio

    if _loop is None or _loop.is_closed():
        _loop = asyncio.new_event_loop()
    asyncio.set_event_loop(_loop)
    task = _loop.create_task(coroutine)
    try:
        return _loop.run_until_complete(task)
    finally:
        _abandon(task)


def _abandon(task):
    """Ends the task of a cell that was interrupted or submitted, so that it does not go on in the next one."""
    for _ in range(3):
        if task.done():
            return
        task.cancel()
        try:
            _loop.run_until_complete(task)
        except BaseException:
            continue  # what it raises while it ends is not what ended the cell
