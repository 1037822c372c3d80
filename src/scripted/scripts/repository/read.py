import ast
import re
import warnings

warnings.simplefilter("ignore", SyntaxWarning)
path = context["path"]
content = open(path, "rb").read()
source = content.decode("utf-8", "replace").split("\n")
try:
    tree = ast.parse(content)
except (SyntaxError, ValueError, RecursionError):
    tree = ast.Module(body=[], type_ignores=[])
kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
functions = [node for node in ast.walk(tree) if isinstance(node, kinds)]


def place_of(number):
    """The innermost function around a line, by its name and code; outside of functions, the lines around it."""
    around = [node for node in functions if node.lineno <= number <= node.end_lineno]
    if not around:
        return "-", source[max(0, number - 6) : number + 10]
    innermost = max(around, key=lambda node: node.lineno)
    return innermost.name, source[innermost.lineno - 1 : innermost.end_lineno]


found = []
for number in context["lines"]:
    name, code = place_of(number)
    todo = re.sub(r"^.*?\bTODO\b(\([^)]*\))?:?", "", source[number - 1])
    found.append({"line": number, "name": name, "code": code, "todo": " ".join(todo.split())})
for item in found[:3]:
    print(f"line {item['line']} in {item['name']}, {len(item['code'])} lines: {item['todo'][:100]}")
print(f"read {len(found)} TODO comments in {path}")
