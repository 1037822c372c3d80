import { msToTs } from '@temporalio/common/lib/time.js';
import { inject } from 'vitest';
import { newRunId } from '../../src/client/run-id.ts';
import { connectTemporal, embeddedTarget } from '../../src/temporal-connection.ts';
import { until } from './until.ts';

/** Makes a namespace at the shared server in which nobody else's runs are listed, and returns its name. */
export async function ownNamespace(): Promise<string> {
  const namespace = newRunId('test');
  const connection = await connectTemporal(embeddedTarget(inject('temporalAddress')));
  try {
    const { workflowService } = connection;
    const workflowExecutionRetentionPeriod = msToTs('1 day');
    await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
    // Other parts of the server learn of it a moment later.
    const isKnown = () => workflowService.listWorkflowExecutions({ namespace });
    await until(() => isKnown().then(Boolean, () => false));
    return namespace;
  } finally {
    await connection.close();
  }
}
