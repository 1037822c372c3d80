import { answerQueriesActivity } from './answer-queries.ts';
import { archiveIterationsActivity, readArchiveActivity } from './archive-iterations.ts';
import { beginForkActivity } from './begin-fork.ts';
import { callModelActivity } from './call-model.ts';
import { callToolActivity } from './call-tool.ts';
import { compactTranscriptActivity } from './compact-transcript.ts';
import type { Dependencies } from './dependencies.ts';
import { extractAnswerActivity } from './extract-answer.ts';
import { giveHistoryActivity } from './give-history.ts';
import { giveUpCellActivity } from './give-up-cell.ts';
import {
  closeSandboxActivity,
  discardSandboxActivity,
  openSandboxActivity,
  renewLeaseActivity,
  restartKernelActivity,
} from './open-sandbox.ts';
import { prepareAgentActivity } from './prepare-agent.ts';
import { recordAgentActivity } from './record-agent.ts';
import { deliverAnswersActivity, drainActivity, interruptCellActivity, runCellActivity } from './run-cell.ts';
import { sweepSandboxesActivity } from './sweep-sandboxes.ts';
import { takePatchActivity } from './take-patch.ts';

/** Everything that touches the world, under the names that histories show. */
export function createActivities(dependencies: Dependencies) {
  return {
    prepareAgent: prepareAgentActivity(dependencies),
    openSandbox: openSandboxActivity(dependencies),
    restartKernel: restartKernelActivity(dependencies),
    renewLease: renewLeaseActivity(dependencies),
    takePatch: takePatchActivity(dependencies),
    closeSandbox: closeSandboxActivity(dependencies),
    discardSandbox: discardSandboxActivity(dependencies),
    callModel: callModelActivity(dependencies),
    compactTranscript: compactTranscriptActivity(dependencies),
    giveHistory: giveHistoryActivity(dependencies),
    giveUpCell: giveUpCellActivity(dependencies),
    extractAnswer: extractAnswerActivity(dependencies),
    runCell: runCellActivity(dependencies),
    drain: drainActivity(dependencies),
    deliverAnswers: deliverAnswersActivity(dependencies),
    interruptCell: interruptCellActivity(dependencies),
    answerQueries: answerQueriesActivity(dependencies),
    callTool: callToolActivity(dependencies),
    archiveIterations: archiveIterationsActivity(dependencies),
    readArchive: readArchiveActivity(dependencies),
    beginFork: beginForkActivity(dependencies),
    recordAgent: recordAgentActivity(dependencies),
    sweepSandboxes: sweepSandboxesActivity(dependencies),
  };
}

export type Activities = ReturnType<typeof createActivities>;
