import ast
import warnings
from collections import deque

warnings.simplefilter("ignore", SyntaxWarning)
SIZES = ("small", "medium", "large")


def parsed(path):
    try:
        return ast.parse(open(path, "rb").read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return ast.Module(body=[], type_ignores=[])


def functions_in(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def names_used(node):
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return names | {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


functions = defaultdict(list)
for file in files:
    if file.suffix == ".py":
        for function in functions_in(parsed(file)):
            functions[function.name].append(function)

# How many calls lead from a failing test to each function, as far as names tell.
distance = {method: 0 for method, _ in failing}
waiting = deque(distance)
while waiting:
    name = waiting.popleft()
    for used in set().union(*map(names_used, functions[name])) & functions.keys() - distance.keys():
        distance[used] = distance[name] + 1
        waiting.append(used)


def ease(finding):
    return SIZES.index(finding["effort"]), distance[finding["name"]], finding["path"], finding["line"]


candidates = sorted((finding for finding in findings if finding["name"] in distance), key=ease)
for finding in candidates[:5]:
    print(f"{finding['effort']}: {finding['path']}:{finding['line']} in {finding['name']}: {finding['todo']}")
print(f"{len(candidates)} of {len(findings)} TODO comments are chosen from: a failing test reaches their functions")
