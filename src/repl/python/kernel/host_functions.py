"""The functions that the model's code finds in its namespace."""

from collections import namedtuple

from argument_binding import bind_arguments, documentation
from host_calls import CallError
from json_values import to_json_value

# What a sub-agent that was asked for a patch hands back; the patch is "" where it changed nothing.
SubAgentResult = namedtuple("SubAgentResult", "answer patch")


def query_functions(calls):
    """llm_query and its kin."""

    def llm_query(prompt: str, **options) -> str:
        """Asks a language model and returns its reply."""
        return _single(calls.call(*_query("llm_query", prompt, options)))

    def llm_query_batched(prompts: list, **options) -> list:
        """Asks a language model many prompts at once; a failed one is a string `Error: ...` in its place."""
        request = _queries("llm_query_batched", prompts, options)
        return _batch(calls.call(*request)) if request else []

    async def llm_query_async(prompt: str, **options) -> str:
        """As llm_query, for asyncio."""
        return _single(await calls.call_async(*_query("llm_query", prompt, options)))

    async def llm_query_batched_async(prompts: list, **options) -> list:
        """As llm_query_batched, for asyncio."""
        request = _queries("llm_query_batched", prompts, options)
        return _batch(await calls.call_async(*request)) if request else []

    return _by_name(llm_query, llm_query_batched, llm_query_async, llm_query_batched_async)


def sub_agent_functions(calls, workspace=False):
    """rlm_query and its kin; workspace: whether sub-agents have one, and can hand back patches."""

    def rlm_query(task: str, context=None, patch=False):
        """
        Gives a task to a sub-agent with a REPL of its own, where context is a variable; returns its answer, or with
        patch=True SubAgentResult(answer, patch), where patch is what it changed in its workspace.
        """
        request = _task("rlm_query", task, context, patch, workspace)
        return _sub_agent_result(_single(calls.call(*request)), request, 0)

    def rlm_query_batched(tasks: list, patch=False) -> list:
        """Gives many tasks to sub-agents at once: str, or {"task": ..., "context": ..., "patch": ...}."""
        request = _tasks("rlm_query_batched", tasks, patch, workspace)
        return _sub_agent_results(calls.call(*request), request) if request else []

    async def rlm_query_async(task: str, context=None, patch=False):
        """As rlm_query, for asyncio."""
        request = _task("rlm_query", task, context, patch, workspace)
        return _sub_agent_result(_single(await calls.call_async(*request)), request, 0)

    async def rlm_query_batched_async(tasks: list, patch=False) -> list:
        """As rlm_query_batched, for asyncio."""
        request = _tasks("rlm_query_batched", tasks, patch, workspace)
        return _sub_agent_results(await calls.call_async(*request), request) if request else []

    return _by_name(rlm_query, rlm_query_batched, rlm_query_async, rlm_query_batched_async)


def tool_functions(calls, tool):
    """A host tool, and its variant for asyncio."""
    name = tool["name"]
    fields = tool["parameters"]

    def request(positional, keywords):
        bound = bind_arguments(name, fields, positional, keywords)
        arguments = {key: to_json_value(value, "%s: argument %r" % (name, key)) for key, value in bound.items()}
        return name, arguments, 1, False

    def call_tool(*positional, **keywords):
        return _single(calls.call(*request(positional, keywords)))

    async def call_tool_async(*positional, **keywords):
        return _single(await calls.call_async(*request(positional, keywords)))

    for function, called in ((call_tool, name), (call_tool_async, name + "_async")):
        function.__name__ = function.__qualname__ = called
        function.__doc__ = documentation(called, fields, tool["description"])
    return _by_name(call_tool, call_tool_async)


def _by_name(*functions):
    return {function.__name__: function for function in functions}


def _query(name, prompt, options):
    prompts = [_checked_text(prompt, "%s: prompt" % name)]
    return name, {"prompts": prompts, **_checked_options(name, options)}, 1, False


def _queries(name, prompts, options):
    texts = [_checked_text(prompt, "%s: prompts[%d]" % (name, i)) for i, prompt in enumerate(_checked_list(name, prompts))]
    return (name, {"prompts": texts, **_checked_options(name, options)}, len(texts), True) if texts else None


def _task(name, task, context, patch, workspace):
    return name, {"tasks": [_checked_task(name, task, context, patch, workspace)]}, 1, False


def _tasks(name, tasks, patch, workspace):
    checked = []
    _checked_patch(name, patch, workspace)
    for i, task in enumerate(_checked_list(name, tasks)):
        place = "%s: tasks[%d]" % (name, i)
        if isinstance(task, dict):
            unknown = set(task) - {"task", "context", "patch"}
            if unknown or "task" not in task:
                keys = sorted(map(str, task))
                raise ValueError('%s has the keys %s; expected "task" and maybe "context" and "patch"' % (place, keys))
            wanted = task.get("patch", patch)
            checked.append(_checked_task(place, task["task"], task.get("context"), wanted, workspace))
        else:
            checked.append(_checked_task(place, task, None, patch, workspace))
    return (name, {"tasks": checked}, len(checked), True) if checked else None


def _checked_task(place, task, context, patch, workspace):
    # The patch is left out where it is not wanted: the arguments are what a call is known by.
    wanted = {"patch": True} if _checked_patch(place, patch, workspace) else {}
    text = _checked_text(task, "%s: task" % place)
    return {"task": text, "context": to_json_value(context, "%s: context" % place), **wanted}


def _checked_patch(place, patch, workspace):
    if not isinstance(patch, bool):
        raise TypeError("%s: patch must be True or False, not %s" % (place, type(patch).__name__))
    if patch and not workspace:
        raise ValueError("%s: patch=True needs a workspace, and there is no workspace here" % place)
    return patch


def _checked_list(name, items):
    if not isinstance(items, (list, tuple)):
        raise TypeError("%s takes a list, not %s" % (name, type(items).__name__))
    return items


def _checked_text(text, place):
    if not isinstance(text, str):
        raise TypeError("%s must be a str, not %s" % (place, type(text).__name__))
    if not text:
        raise ValueError("%s is empty" % place)
    return str.__str__(text)


def _checked_options(name, options):
    if "prompts" in options:
        raise TypeError("%s has no option 'prompts'" % name)
    return {key: to_json_value(value, "%s: option %r" % (name, key)) for key, value in options.items()}


def _single(items):
    (item,) = items
    if "error" in item:
        raise CallError(item["error"])
    return item["value"]


def _batch(items):
    return [_error_text(item["error"]) if "error" in item else item["value"] for item in items]


def _sub_agent_results(items, request):
    answers = enumerate(zip(items, _batch(items)))
    return [answer if "error" in item else _sub_agent_result(answer, request, i) for i, (item, answer) in answers]


def _sub_agent_result(value, request, index):
    wants_patch = "patch" in request[1]["tasks"][index]
    return SubAgentResult(value["answer"], value["patch"]) if wants_patch else value


def _error_text(message):
    return message if message.startswith("Error: ") else "Error: " + message
