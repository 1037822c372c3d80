import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { reply, startWorld, type World } from '../support/world.ts';
let world: World;
beforeAll(async () => { world = await startWorld(); });
afterAll(async () => {
  await new Promise((r) => setTimeout(r, 5000));
  const d = join(world.dataDirectory, 'sandboxes');
  for (const f of readdirSync(d)) console.log('LEFT', readFileSync(join(d, f), 'utf8'));
  await world[Symbol.asyncDispose](); });

const cells = [
  'raise type("", (Exception,), {})("x")',
  'class Bad:\n    def __repr__(self): raise ValueError("no")\nraise SystemExit(Bad())',
  'class M(type):\n    @property\n    def __name__(cls): raise ValueError("no")\nclass E(Exception, metaclass=M): pass\nraise E()',
  'class E(Exception):\n    def __str__(self): import sys; sys.exit(1)\nraise E()',
  'import builtins\nbuiltins.len = None',
  'import builtins\ndel builtins.isinstance',
  'import builtins\nbuiltins.print = None\n1',
  'import json\njson.dumps = json.loads = None',
  'import sys\nsys.modules.clear()',
  'import sys\nsys.setrecursionlimit(30)',
  'import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)',
  'globals().clear()',
  'import sys\nsys.settrace(lambda *a: 1/0)',
  'import threading\nthreading.Lock = None\nimport _thread\n_thread.allocate_lock = None',
  '__builtins__ = None',
  'import os\nos.dup2 = None',
  'import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))',
  'import sys\nsys.stdout = sys.stderr = None',
  'class E(BaseException): pass\nraise E()',
  'raise GeneratorExit()',
  'raise KeyboardInterrupt()',
  'import atexit, os\natexit.register(os._exit, 3)',
  'import sys\nsys.exc_info = None\nsys._current_frames = None',
  'SUBMIT = llm_query = None; del SUBMIT',
  'def f(): f()\nimport sys\nsys.setrecursionlimit(10**9)\nf()',
];
it.concurrent.each(cells)('%j', async (cell) => {
  const document = await world.runCells('-> answer: str', [cell, 'print(llm_query("a"))', 'SUBMIT("went on")'], { limits: { maxIterations: 4, timeout: 30 }, query: () => 'hey' });
  console.log(document.output?.answer === 'went on' ? 'ok ' : 'BAD', JSON.stringify(cell), document.status, document.finish, JSON.stringify(document.error), JSON.stringify(document.root.iterations.map((i) => [i.stdout.slice(0, 100), i.error?.slice(0, 150)])));
});
