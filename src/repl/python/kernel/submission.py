"""SUBMIT, FINAL and FINAL_VAR: how the model's code hands in its answer and ends the cell."""

import _thread
import signal

from argument_binding import bind_arguments, documentation, signature_text
from interrupts import CellSubmitted
from json_values import to_json_value


class SubmitError(ValueError):
    """The submission does not fit the declared outputs; the message names the fields."""


def submission_functions(calls, interrupts, outputs, namespace):
    main_thread = _thread.get_ident()
    one_at_a_time = _thread.allocate_lock()

    def hand_in(values):
        with one_at_a_time:
            calls.refuse_when_over()
            reason = calls.submit(values)
            if reason is not None:
                raise SubmitError(reason)
            interrupts.submitted = True
        if _thread.get_ident() != main_thread:
            signal.pthread_kill(main_thread, signal.SIGINT)
        raise CellSubmitted()

    def SUBMIT(*positional, **keywords):
        bound = bind_arguments("SUBMIT", outputs, positional, keywords)
        for field in outputs:
            if "default" in field:
                bound.setdefault(field["name"], field["default"])
        hand_in({name: to_json_value(value, "SUBMIT: field %r" % name) for name, value in bound.items()})

    SUBMIT.__doc__ = documentation("SUBMIT", outputs, "Hands in the answer and ends the cell.")

    def single_field(name):
        if len(outputs) != 1:
            raise TypeError("%s() hands in one field, but there are several: use %s" % (name, signature_text("SUBMIT", outputs)))
        return outputs[0]["name"]

    def FINAL(answer):
        """Hands in the single output field and ends the cell."""
        SUBMIT(**{single_field("FINAL"): answer})

    def FINAL_VAR(name):
        """Hands in the variable of that name as the single output field and ends the cell."""
        field = single_field("FINAL_VAR")
        if not isinstance(name, str):
            raise TypeError("FINAL_VAR takes the name of a variable as a str; for a value use FINAL(value)")
        if name not in namespace:
            known = ", ".join(user_variables(namespace)) or "none"
            raise NameError("there is no variable %r; the variables are: %s" % (name, known))
        SUBMIT(**{field: namespace[name]})

    return {"SUBMIT": SUBMIT, "FINAL": FINAL, "FINAL_VAR": FINAL_VAR}


def user_variables(namespace, besides=()):
    """Names and types of what the model's code defined."""
    return {
        name: type(value).__name__
        for name, value in namespace.items()
        if not name.startswith("_") and name not in besides and type(value).__name__ != "module"
    }
