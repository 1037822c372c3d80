/** Who works: the root, those that it starts, and those that they start. */
export type Role = 'root' | 'branch' | 'leaf';

/** The Python of one step. `name` is unique to the agent, the step and the attempt. */
type Step = (name: string, attempt: number) => string;

const queries = (name: string, count: number) => `[f"weigh ${name}.{i}" for i in range(${count})]`;

const root: Step[] = [
  // One after another.
  (name) => `state["row"] = [int(llm_query(prompt)) for prompt in ${queries(name, 6)}]`,
  // At once.
  (name) => `state["batch"] = [int(answer) for answer in llm_query_batched(${queries(name, 30)})]`,
  // From threads, with tools between.
  (name) => `from concurrent.futures import ThreadPoolExecutor

def weigh(i):
    return int(llm_query(f"weigh ${name}.{i}")) + measure(f"${name}.{i}")

with ThreadPoolExecutor(4) as pool:
    state["threads"] = list(pool.map(weigh, range(8)))`,
  // A tool that must not be called twice: what became of it at a kill is unknown, so nothing depends on it.
  (name) => `state["tools"] = []
for i in range(3):
    try:
        ring(f"${name}.{i}")
    except Exception as error:
        print("not rung:", error)
    state["tools"].append(measure(name=f"${name}.{i}"))`,
  // The Python process ends by itself, the first time.
  (_name, attempt) =>
    attempt === 1 ? 'import os\nos._exit(3)' : 'state["again"] = sum(state["row"]) + sum(state["batch"])',
  (name) => `state["branches"] = [int(answer) for answer in rlm_query_batched([
    "grow ${name}.a", "grow ${name}.b", "grow ${name}.c",
])]`,
  () => 'SUBMIT(json.dumps(state, sort_keys=True))',
];

const branch: Step[] = [
  (name) => `state["own"] = [int(llm_query(prompt)) for prompt in ${queries(name, 3)}]`,
  (name) => `state["leaf"] = int(rlm_query("grow ${name}.leaf", context={"weights": state["own"]}))`,
  () => 'SUBMIT(str(sum(state["own"]) + state["leaf"]))',
];

const leaf: Step[] = [
  (name) => `state["own"] = [int(answer) for answer in llm_query_batched(${queries(name, 5)})]`,
  () => 'SUBMIT(str(sum(state["own"]) + sum(context["weights"])))',
];

export const stepsOf: Record<Role, readonly Step[]> = { root, branch, leaf };
